#!/usr/bin/env bash
# Renders a comment to a picture, as a forge would show it:
#
#   scripts/render-comment.sh comment.md docs/images/comment.png
#
# Needs the Debian packages cmark-gfm, chromium and a sans-serif font.
set -euo pipefail
source_file=$1
picture=$2
height=${3:-1480}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
{
  cat <<'HTML'
<!doctype html><meta charset="utf-8"><style>
body { margin: 0; padding: 24px; background: #f6f8fa; font: 14px/1.5 "Noto Sans", "DejaVu Sans", sans-serif; color: #1f2328 }
.box { max-width: 920px; border: 1px solid #d1d9e0; border-radius: 6px; background: #fff }
.head { padding: 8px 16px; background: #f6f8fa; border-bottom: 1px solid #d1d9e0; border-radius: 6px 6px 0 0; color: #59636e }
.head b { color: #1f2328 }
.body { padding: 16px }
h3 { margin: 0 0 12px; font-size: 18px } h4 { margin: 20px 0 8px; font-size: 15px } p, ul, table, details { margin: 0 0 12px }
ul { padding-left: 24px } table { border-collapse: collapse } th, td { border: 1px solid #d1d9e0; padding: 4px 12px; text-align: left }
td[align=right], th[align=right] { text-align: right } tr:nth-child(2n) td { background: #f6f8fa }
code { font: 12px "DejaVu Sans Mono", monospace; background: #eff1f3; border-radius: 4px; padding: 2px 5px } sub { color: #59636e; vertical-align: baseline; font-size: 12px }
</style><div class="box"><div class="head"><b>github-actions</b> bot commented</div><div class="body">
HTML
  cmark-gfm --unsafe -e table -e strikethrough -e autolink "$source_file"
  echo '</div></div>'
} > "$work/comment.html"
mkdir -p "$(dirname "$picture")"
chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
  --disable-component-update --disable-sync --hide-scrollbars --user-data-dir="$work/profile" \
  --window-size="970,$height" --screenshot="$picture" "file://$work/comment.html" 2>/dev/null
