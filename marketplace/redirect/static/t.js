// The script for the pages of a shop; what it does is told in docs/integrating-a-webshop.md.
//
// It is served without comments and blanks (see script.py), for which it keeps to this:
// a comment has lines of its own, strings have double quotes and regular expressions no
// blanks, and a name of ours begins with a dollar sign: it is served as a letter or two.
// Nothing in it may ever throw into the shop.
(function ($document, $location) {
  const $FORM = /^[\w-]{32,64}$/;
  const $earlier = window.marketplace || {};
  const $tag = $document.currentScript || $document.querySelector("script[data-shop]");
  // Loaded twice, or nobody says for which shop: the first stands, or nothing is done.
  if ($earlier.on || !$tag) return;
  const $told = $tag.dataset;
  const $lasts = ($told.window || 30) * 864e5;
  const $hosts = [$location.hostname.replace("www.", ""), ...($told.hosts || "").split(/[\s,]+/)];
  // Who asks not to be tracked has not consented, whatever the page says.
  const $refused = navigator.globalPrivacyControl || navigator.doNotTrack == 1;

  // The click id in use, and the one that came with an address of this page.
  let $click, $carried;
  // What is kept in this browser, with consent only: `c` click id, `t` its time in ms,
  // `v` the visitor's id, `b` the basket that has the click id.
  let $kept = {}, $consent;
  let $page, $pages = 0, $seconds, $engaged, $basket;

  const $safely = ($work) => (...$it) => { try { return $work(...$it); } catch ($error) {} };
  const $keep = $safely(() => { window.localStorage.mkt = JSON.stringify($kept); });
  const $recall = $safely(() => JSON.parse(window.localStorage.mkt));
  const $each = ($selector, $work) => $document.querySelectorAll($selector).forEach($work);
  const $post = ($to, $body, $options) => fetch($to, { method: "POST", body: $body, keepalive: true, ...$options });

  const $cookie = $safely(($it, $now) => {
    $document.cookie = "mkt_click=" + $it + ";path=/;max-age=" + $now + ";samesite=lax" + ($location.protocol == "https:" ? ";secure" : "");
  });

  // Take over what was kept, as long as it may be used, and keep what there is now.
  const $agree = $safely(($yes) => {
    $consent = $yes && !$refused;
    $kept = {};
    if ($consent) {
      const $now = Date.now();
      $kept = $recall() || {};
      if (!($now - $kept.t < $lasts)) $kept = { v: $kept.v };
      if ($click && $click != $kept.c) {
        $kept.c = $click;
        $kept.t = $now;
      }
      $click = $kept.c;
      $kept.v = $kept.v || crypto.getRandomValues(new Uint32Array(4)).join("-");
      $keep();
      // Where nothing can be kept, nobody is known again.
      $kept = $recall() || {};
      if ($click) $cookie($click, ($kept.t + $lasts - $now) / 1e3 | 0);
    } else {
      $click = $carried;
      $cookie("", 0);
      window.localStorage.removeItem("mkt");
    }
  });

  const $send = $safely(($type, $lead) => {
    const $to = $tag.src.replace(/t\.js.*/, "collect");
    const $body = JSON.stringify({
      shop: $told.shop,
      type: $type,
      url: $location.href.slice(0, 4e3),
      referrer: $document.referrer,
      click_id: $click,
      visitor_id: $kept.v,
      at: Date.now(),
      lead: $lead
    });
    // Plain text and no credentials: no preflight, no cookies of ours.
    if (!(navigator.sendBeacon && navigator.sendBeacon($to, $body))) $post($to, $body, { mode: "no-cors", credentials: "omit" }).catch(() => {});
  });

  const $engage = () => {
    if (!$engaged) $send("engaged");
    $engaged = 1;
  };

  // A look at a page: once each, also where a shop changes pages without loading them.
  const $look = $safely(() => {
    const $here = $location.pathname + $location.search.replace(/[?&](mkt_|utm_)\w+=[^&]*/g, "");
    if ($here == $page) return;
    $page = $here;
    $seconds = $engaged = 0;
    const $id = new URLSearchParams($location.search).get("mkt_click");
    if ($FORM.test($id)) $click = $carried = $id;
    if ($consent) $agree(1);
    $send("view");
    if (++$pages == 2) $engage();
    $carry();
  });

  const $field = ($form) => {
    let $input = $form.querySelector("input[name=mkt_click]");
    if (!$input) {
      $input = $form.appendChild($document.createElement("input"));
      $input.type = "hidden";
      $input.name = "mkt_click";
    }
    $input.value = $click;
  };

  // The click id into whatever on this page becomes an order.
  const $carry = $safely(() => {
    if (!$click) return;
    $each("form.checkout,form[data-mkt-click]", $field);
    $each("input[name=mkt_click]", ($it) => { $it.value = $click; });
    $each("stripe-buy-button,stripe-pricing-table", ($it) => $it.setAttribute("client-reference-id", $click));
    const $shopify = window.Shopify;
    const $token = /\bcart=[^;]*/.exec($document.cookie);
    const $mark = $click + $token;
    // A basket made by asking for it would be something stored: not before consent.
    if ($shopify && ($consent || $token) && $basket != $mark && $kept.b != $mark) {
      $basket = $mark;
      $post((($shopify.routes || {}).root || "/") + "cart/update.js", JSON.stringify({ attributes: { mkt_click: $click } }), { headers: { "content-type": "application/json" } }).then(($it) => {
        if ($consent && $it.ok) {
          $kept.b = $mark;
          $keep();
        }
      }).catch(() => {});
    }
  });

  // Under which name the click id is added to an address that is followed, if any.
  const $parameter = ($url) => {
    const $host = $url.hostname;
    if (/^(buy|book|donate)\.stripe\.com$/.test($host)) return "client_reference_id";
    // This host remembers by itself, if it may.
    if ($host == $location.hostname && $kept.c == $click) return;
    if ($hosts.some(($it) => $it && ("." + $host).endsWith("." + $it))) return "mkt_click";
  };

  const $follow = $safely(($event) => {
    $carry();
    const $target = $event.composedPath()[0];
    if ($event.type == "submit") {
      const $value = ($name) => $target.getAttribute($name) || "";
      if ($click && !/post/i.test($value("method")) && $parameter(new URL($value("action"), $location)) == "mkt_click") $field($target);
      return;
    }
    const $link = $target.closest("a[href]");
    const $url = new URL($link.href);
    const $name = $parameter($url);
    // What leads within the page stays there.
    if (!$click || !$name || $url.searchParams.has($name) || $link.href.split("#")[0] == $location.href.split("#")[0]) return;
    // Added as text: the rest of the address stays as it was written.
    $url.search += ($url.search ? "&" : "?") + $name + "=" + $click;
    $link.href = $url;
  });

  const $start = $safely(() => {
    // What is here was kept with consent: a withdrawal would have erased it.
    if ($refused || $told.consent == "denied") $agree(0);
    else if ($told.consent == "granted" || $recall()) $agree(1);
    const $api = window.marketplace = $safely(($command, $first, $second) => {
      if ($command == "consent") {
        $agree($first === true);
        $carry();
      }
      if ($command == "event") $engage();
      if ($command == "click") $first($click);
      if ($command == "lead") $send($command, { kind: $first, external_id: $second && $second.external_id });
    });
    $api.on = 1;
    const $run = ($yes) => Array.from($earlier.q || []).forEach(($it) => { if ($it[0] == "consent" == $yes) $api(...$it); });
    $run(true);
    $look();
    $run(false);
    ["pushState", "replaceState"].forEach(($it) => {
      const $work = history[$it];
      history[$it] = function () {
        $work.apply(this, arguments);
        $look();
      };
    });
    window.addEventListener("popstate", $look);
    ["click", "auxclick", "submit"].forEach(($it) => $document.addEventListener($it, $follow, true));
    $document.addEventListener("DOMContentLoaded", $carry);
    setInterval(() => { if ($document.visibilityState == "visible" && ++$seconds == 10) $engage(); }, 1e3);
  });

  // A page made ready before anybody asked for it has not been looked at.
  if ($document.prerendering) $document.addEventListener("prerenderingchange", $start);
  else $start();
})(document, location);
