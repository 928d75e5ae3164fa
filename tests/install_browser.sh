#!/bin/sh
# Puts Chromium and a Chinese font where the browser tests need them. Does nothing when they are there.
set -eu

has_browser() { command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1; }
has_font() { command -v fc-list >/dev/null 2>&1 && [ -n "$(fc-list :lang=zh-cn 2>/dev/null | head -n 1)" ]; }

if has_browser && has_font; then exit 0; fi

if [ "$(id -u)" = 0 ]; then as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then as_root="sudo -n"
else as_root="none"
fi

if [ "$as_root" = none ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "The browser tests need Chromium and a Chinese font, and this user cannot install them." >&2
  echo "Debian, Ubuntu:  sudo apt-get install chromium fonts-noto-cjk" >&2
  echo "Fedora:          sudo dnf install chromium google-noto-sans-cjk-fonts" >&2
  echo "Alpine:          sudo apk add chromium font-noto-cjk" >&2
  exit 1
fi

echo "Installing Chromium and a Chinese font for the browser tests …"
export DEBIAN_FRONTEND=noninteractive
install() { $as_root apt-get install -y -qq --no-install-recommends chromium fontconfig fonts-noto-cjk >/dev/null; }
install || { $as_root apt-get update -qq && install; }
if ! has_browser || ! has_font; then
  echo "Chromium or the font is still missing after the installation." >&2
  exit 1
fi
