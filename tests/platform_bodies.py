"""Answers of platforms' APIs, whole, as their documentation shows them (2026)."""

from typing import Any

Json = dict[str, Any]


def insight(name: str, value: int, media: str = "17895695668004550") -> Json:
    """One metric of Instagram's media insights."""
    return {
        "name": name,
        "period": "lifetime",
        "values": [{"value": value}],
        "title": name.title(),
        "description": f"The number of {name}.",
        "id": f"{media}/insights/{name}/lifetime",
    }


INSTAGRAM_INSIGHTS: Json = {
    "data": [
        insight("reach", 9_100),
        insight("views", 12_400),
        insight("likes", 840),
        insight("comments", 61),
        insight("shares", 37),
        insight("saved", 122),
        insight("total_interactions", 1_060),
        insight("follows", 14),
        insight("profile_visits", 210),
        insight("impressions", 99_999),
        insight("ig_reels_avg_watch_time", 6_250),
        insight("ig_reels_video_view_total_time", 77_000_123),
        {
            "name": "profile_activity",
            "period": "lifetime",
            "values": [{"value": 33}],
            "title": "Profile activity",
            "total_value": {
                "value": 33,
                "breakdowns": [
                    {
                        "dimension_keys": ["action_type"],
                        "results": [
                            {"dimension_values": ["email"], "value": 2},
                            {"dimension_values": ["bio_link_clicked"], "value": 31},
                        ],
                    }
                ],
            },
            "id": "17895695668004550/insights/profile_activity/lifetime",
        },
    ],
    "paging": {"previous": "https://graph.instagram.com/…", "next": "https://…"},
}
INSTAGRAM_MEDIA: Json = {
    "id": "17895695668004550",
    "media_type": "VIDEO",
    "media_product_type": "REELS",
    "permalink": "https://www.instagram.com/reel/DAbc123/",
    "caption": "Nieuw! #Lippenstift van @merk met code ANNA10 #advertentie",
    "timestamp": "2026-10-01T16:30:00+0000",
    "like_count": 845,
    "comments_count": 62,
    "insights": {"data": [insight("views", 12_500), insight("reach", 9_200)]},
}
INSTAGRAM_TOO_FEW: Json = {
    "error": {
        "message": "(#10) Not enough viewers for the media to show insights",
        "type": "OAuthException",
        "code": 10,
        "fbtrace_id": "A0Z",
    }
}
INSTAGRAM_EXPIRED: Json = {
    "error": {
        "message": "Error validating access token: Session has expired",
        "type": "OAuthException",
        "code": 190,
        "error_subcode": 463,
        "fbtrace_id": "A0Z",
    }
}
INSTAGRAM_STORY_WEBHOOK: Json = {
    "object": "instagram",
    "entry": [
        {
            "id": "17841405822304914",
            "time": 1_790_000_000,
            "changes": [
                {
                    "field": "story_insights",
                    "value": {
                        "media_id": "17887498072083520",
                        "impressions": 444,
                        "reach": 44,
                        "taps_forward": 4,
                        "taps_back": 3,
                        "exits": 3,
                        "replies": 0,
                    },
                },
                {"field": "comments", "value": {"id": "1", "text": "x"}},
            ],
        }
    ],
}
INSTAGRAM_ACCOUNT: Json = {
    "id": "17841405822304914",
    "username": "anna",
    "followers_count": 52_310,
    "follows_count": 410,
    "media_count": 812,
}
INSTAGRAM_DEMOGRAPHICS: Json = {
    "data": [
        {
            "name": "follower_demographics",
            "period": "lifetime",
            "title": "Follower demographics",
            "total_value": {
                "breakdowns": [
                    {
                        "dimension_keys": ["age", "gender"],
                        "results": [
                            {"dimension_values": ["18-24", "F"], "value": 300},
                            {"dimension_values": ["18-24", "M"], "value": 100},
                            {"dimension_values": ["25-34", "F"], "value": 500},
                            {"dimension_values": ["25-34", "U"], "value": 100},
                        ],
                    },
                    {
                        "dimension_keys": ["country"],
                        "results": [
                            {"dimension_values": ["NL"], "value": 600},
                            {"dimension_values": ["BE"], "value": 200},
                        ],
                    },
                ]
            },
            "id": "17841405822304914/insights/follower_demographics/lifetime",
        }
    ]
}
INSTAGRAM_COMMENTS: Json = {
    "data": [
        {
            "id": "17870913679156914",
            "text": "Wat een mooie kleur! 😍",
            "timestamp": "2026-10-01T17:00:00+0000",
            "username": "lisa",
            "from": {"id": "1234", "username": "lisa"},
            "like_count": 3,
            "replies": {
                "data": [
                    {
                        "id": "17870913679156915",
                        "text": "Dankjewel!",
                        "timestamp": "2026-10-01T17:05:00+0000",
                        "username": "anna",
                        "from": {"id": "17841405822304914", "username": "anna"},
                    }
                ]
            },
        }
    ],
    "paging": {"cursors": {"before": "a", "after": "b"}},
}
TIKTOK_VIDEOS: Json = {
    "data": {
        "videos": [
            {
                "id": "7080213458555737986",
                "create_time": 1_790_000_000,
                "share_url": "https://www.tiktok.com/@anna/video/7080213458555737986",
                "video_description": "Zo werkt het #fyp #Merk",
                "duration": 42,
                "title": "Zo werkt het",
                "like_count": 1_200,
                "comment_count": 80,
                "share_count": 45,
                "view_count": 30_000,
            }
        ],
        "cursor": 1_643_332_803_000,
        "has_more": False,
    },
    "error": {"code": "ok", "message": "", "log_id": "2022"},
}
TIKTOK_BUSINESS_VIDEOS: Json = {
    "code": 0,
    "message": "OK",
    "request_id": "2022070106561301000400402500400500600301500A52386",
    "data": {
        "videos": [
            {
                "item_id": "7080213458555737986",
                "create_time": "1790000000",
                "caption": "Zo werkt het #fyp",
                "share_url": "https://www.tiktok.com/@anna/video/7080213458555737986",
                "video_duration": 20.001,
                "video_views": 603,
                "reach": 536,
                "likes": 243,
                "comments": 10,
                "shares": 12,
                "favorites": 7,
                "total_time_watched": 2_328.786,
                "average_time_watched": 3.862,
                "full_video_watched_rate": 0.0395,
                "new_followers": 3,
                "profile_views": 9,
                "website_clicks": 2,
                "impression_sources": [
                    {"impression_source": "For You", "percentage": 0.7554},
                    {"impression_source": "Follow", "percentage": 0.2445},
                ],
                "audience_countries": [
                    {"country": "NL", "percentage": 0.8},
                    {"country": "BE", "percentage": 0.15},
                ],
                "video_view_retention": [
                    {"second": "0", "percentage": 1.0},
                    {"second": "1", "percentage": 0.62},
                    {"second": "2", "percentage": 0.41},
                ],
            }
        ],
        "has_more": False,
        "cursor": 0,
    },
}
TIKTOK_ACCOUNT: Json = {
    "code": 0,
    "message": "OK",
    "request_id": "202108030711080102450310564DA3B2EB",
    "data": {
        "username": "anna",
        "display_name": "Anna",
        "followers_count": 1_124,
        "audience_genders": [
            {"percentage": 0.6031, "gender": "Female"},
            {"percentage": 0.1685, "gender": "Male"},
            {"percentage": 0.2283, "gender": "Other"},
        ],
        "metrics": [
            {
                "date": "2026-10-02",
                "followers_count": 1_120,
                "daily_total_followers": 6,
                "daily_new_followers": 8,
                "daily_lost_followers": 2,
                "profile_views": 55,
                "bio_link_clicks": 4,
            },
            {"date": "2026-10-01", "followers_count": 1_114, "profile_views": 40},
        ],
    },
}
TIKTOK_USER: Json = {
    "data": {
        "user": {
            "open_id": "723f24d7-e717-40f8-a2b6-cb8464cd23b4",
            "follower_count": 1_130,
            "likes_count": 90_000,
            "video_count": 80,
        }
    },
    "error": {"code": "ok", "message": "", "log_id": "2022"},
}
TIKTOK_INVALID: Json = {
    "data": {},
    "error": {
        "code": "access_token_invalid",
        "message": "The access token is invalid or not found in the request.",
        "log_id": "2022",
    },
}
TIKTOK_COMMENTS: Json = {
    "code": 0,
    "message": "OK",
    "data": {
        "comments": [
            {
                "comment_id": "7189",
                "video_id": "7080213458555737986",
                "user_id": "u-1",
                "text": "Waar koop ik dit?",
                "create_time": "1790000100",
                "likes": 5,
                "replies": 1,
                "owner": False,
                "status": "PUBLIC",
                "reply_list": [
                    {
                        "comment_id": "7190",
                        "parent_comment_id": "7189",
                        "text": "Link in bio",
                        "create_time": "1790000200",
                        "user_id": "me",
                        "owner": True,
                    }
                ],
            }
        ],
        "cursor": 30,
        "has_more": False,
    },
}
YOUTUBE_VIDEOS: Json = {
    "kind": "youtube#videoListResponse",
    "etag": "x",
    "items": [
        {
            "kind": "youtube#video",
            "id": "dQw4w9WgXcQ",
            "snippet": {
                "publishedAt": "2026-09-30T12:00:00Z",
                "channelId": "UC1",
                "title": "Ik test 5 lippenstiften",
                "description": "Met code ANNA10 #lippenstift",
                "liveBroadcastContent": "none",
            },
            "contentDetails": {"duration": "PT10M13S", "definition": "hd"},
            "statistics": {
                "viewCount": "48210",
                "favoriteCount": "0",
                "commentCount": "312",
            },
        }
    ],
    "pageInfo": {"totalResults": 1, "resultsPerPage": 1},
}
YOUTUBE_CHANNELS: Json = {
    "kind": "youtube#channelListResponse",
    "items": [
        {
            "kind": "youtube#channel",
            "id": "UC1",
            "statistics": {
                "viewCount": "9000000",
                "subscriberCount": "120000",
                "hiddenSubscriberCount": False,
                "videoCount": "240",
            },
        }
    ],
}
YOUTUBE_COMMENTS: Json = {
    "kind": "youtube#commentThreadListResponse",
    "items": [
        {
            "kind": "youtube#commentThread",
            "id": "UgzA",
            "snippet": {
                "channelId": "UC1",
                "videoId": "dQw4w9WgXcQ",
                "topLevelComment": {
                    "kind": "youtube#comment",
                    "id": "UgzA",
                    "snippet": {
                        "textDisplay": "Great <b>video</b>",
                        "textOriginal": "Great video",
                        "authorDisplayName": "@tom",
                        "authorChannelId": {"value": "UC2"},
                        "likeCount": 4,
                        "publishedAt": "2026-10-01T08:00:00Z",
                    },
                },
                "totalReplyCount": 1,
            },
            "replies": {
                "comments": [
                    {
                        "kind": "youtube#comment",
                        "id": "UgzA.1",
                        "snippet": {
                            "textOriginal": "Thanks!",
                            "parentId": "UgzA",
                            "authorChannelId": {"value": "UC1"},
                            "likeCount": 0,
                            "publishedAt": "2026-10-01T09:00:00Z",
                        },
                    }
                ]
            },
        }
    ],
}


def table(names: list[str], *rows: list[Any]) -> Json:
    """A table of YouTube Analytics."""
    headers = [
        {"name": name, "columnType": "METRIC", "dataType": "INTEGER"} for name in names
    ]
    return {
        "kind": "youtubeAnalytics#resultTable",
        "columnHeaders": headers,
        "rows": [list(row) for row in rows],
    }


YOUTUBE_ANALYTICS = table(
    [
        "video",
        "views",
        "engagedViews",
        "estimatedMinutesWatched",
        "averageViewDuration",
        "averageViewPercentage",
        "likes",
        "comments",
        "shares",
        "subscribersGained",
        "subscribersLost",
    ],
    ["dQw4w9WgXcQ", 48_000, 41_000, 96_000, 120, 19.6, 2_100, 310, 95, 140, 6],
)
YOUTUBE_REACH = (
    "date,channel_id,video_id,video_thumbnail_impressions,"
    "video_thumbnail_impressions_ctr\n"
    "20261001,UC1,dQw4w9WgXcQ,10000,0.051\n"
    "20261002,UC1,dQw4w9WgXcQ,4000,0.04\n"
    "20261002,UC1,other,100,0.5\n"
)
LINKEDIN_SHARES: Json = {
    "paging": {"start": 0, "count": 10, "links": []},
    "elements": [
        {
            "organizationalEntity": "urn:li:organization:2414183",
            "share": "urn:li:share:6697841157285175296",
            "totalShareStatistics": {
                "uniqueImpressionsCount": 927,
                "clickCount": 109,
                "engagement": 0.007549471334119487,
                "likeCount": -2,
                "impressionCount": 1_490,
                "commentCount": 6,
                "shareCount": 9,
                "shareMentionsCount": 2,
                "commentMentionsCount": 1,
            },
        },
        {
            "organizationalEntity": "urn:li:organization:2414183",
            "totalShareStatistics": {"impressionCount": 99, "shareMentionsCount": 5},
        },
    ],
}


def member_metric(kind: str, count: int) -> Json:
    """One metric of one post of a LinkedIn member, as before version 202605."""
    named = "com.linkedin.adsexternalapi.memberanalytics.v1.MetricTypeV1"
    return {
        "paging": {"start": 0, "count": 10, "links": [], "total": 1},
        "elements": [
            {
                "count": count,
                "dateRange": {},
                "metricType": {named: kind},
                "targetEntity": {"share": "urn:li:share:123"},
            }
        ],
    }


LINKEDIN_MEMBER = [
    member_metric("IMPRESSION", 5_000),
    member_metric("MEMBERS_REACHED", 3_500),
    member_metric("RESHARE", 7),
    member_metric("REACTION", 89),
    member_metric("COMMENT", -1),
]
LINKEDIN_NETWORK: Json = {"firstDegreeSize": 219_145}
LINKEDIN_FOLLOWERS: Json = {
    "paging": {"count": 10, "start": 0},
    "elements": [
        {
            "organizationalEntity": "urn:li:organization:2414183",
            "followerCountsByFunction": [
                {
                    "followerCounts": {
                        "organicFollowerCount": 60,
                        "paidFollowerCount": 0,
                    },
                    "function": "urn:li:function:15",
                },
                {
                    "followerCounts": {
                        "organicFollowerCount": 20,
                        "paidFollowerCount": 0,
                    },
                    "function": "urn:li:function:25",
                },
            ],
            "followerCountsBySeniority": [
                {
                    "followerCounts": {
                        "organicFollowerCount": 1,
                        "paidFollowerCount": 0,
                    },
                    "seniority": "urn:li:seniority:6",
                }
            ],
            "followerCountsByIndustry": [
                {
                    "followerCounts": {
                        "organicFollowerCount": 9,
                        "paidFollowerCount": 0,
                    },
                    "industry": "urn:li:industry:96",
                }
            ],
            "followerCountsByGeoCountry": [
                {
                    "followerCounts": {
                        "organicFollowerCount": 3,
                        "paidFollowerCount": 0,
                    },
                    "geo": "urn:li:geo:102890719",
                }
            ],
        }
    ],
}
LINKEDIN_PAGE: Json = {
    "elements": [
        {
            "organization": "urn:li:organization:2414183",
            "totalPageStatistics": {
                "clicks": {},
                "views": {"allPageViews": {"pageViews": 7_412}},
            },
        }
    ]
}
LINKEDIN_COMMENTS: Json = {
    "paging": {"start": 0, "count": 10, "links": []},
    "elements": [
        {
            "actor": "urn:li:person:abc",
            "commentUrn": "urn:li:comment:(urn:li:activity:6636062862760562688,"
            "6636126474414657536)",
            "created": {"actor": "urn:li:person:abc", "time": 1_790_000_000_000},
            "id": "6636126474414657536",
            "message": {"attributes": [], "text": "Interessant!"},
            "likesSummary": {"totalLikes": 2, "likedByCurrentUser": False},
            "object": "urn:li:activity:6636062862760562688",
        }
    ],
}
# Shape, what it tells of, and a body.
ALL: list[tuple[str, str, Any]] = [
    ("instagram", "posts", INSTAGRAM_INSIGHTS),
    ("instagram", "posts", INSTAGRAM_MEDIA),
    ("instagram", "posts", INSTAGRAM_STORY_WEBHOOK),
    ("instagram", "channels", INSTAGRAM_ACCOUNT),
    ("instagram", "channels", INSTAGRAM_DEMOGRAPHICS),
    ("instagram", "comments", INSTAGRAM_COMMENTS),
    ("tiktok", "posts", TIKTOK_VIDEOS),
    ("tiktok", "posts", TIKTOK_BUSINESS_VIDEOS),
    ("tiktok", "channels", TIKTOK_ACCOUNT),
    ("tiktok", "channels", TIKTOK_USER),
    ("tiktok", "comments", TIKTOK_COMMENTS),
    ("youtube", "posts", YOUTUBE_VIDEOS),
    ("youtube", "posts", YOUTUBE_ANALYTICS),
    ("youtube", "channels", YOUTUBE_CHANNELS),
    ("youtube", "comments", YOUTUBE_COMMENTS),
    ("youtube", "posts", YOUTUBE_REACH),
    ("linkedin", "posts", LINKEDIN_SHARES),
    ("linkedin", "posts", LINKEDIN_MEMBER),
    ("linkedin", "channels", LINKEDIN_FOLLOWERS),
    ("linkedin", "channels", LINKEDIN_PAGE),
    ("linkedin", "comments", LINKEDIN_COMMENTS),
]
