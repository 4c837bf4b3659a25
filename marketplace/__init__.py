"""An influencer marketplace backend with attribution; the packages are its pipeline."""
