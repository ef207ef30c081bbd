#!/bin/sh
# Sets up the Discord webhook that alerts go to: reads it without showing it, and asks Discord whether it works.
# It stores the webhook nowhere: whoever has the address can write to the channel.
#
#   sh scripts/discord-webhook.sh           the webhook is typed in, or given in TRADEOPS_DISCORD_WEBHOOK_URL
#   sh scripts/discord-webhook.sh --send    sends a test alert as well, through the contact points of this repository
set -eu

if [ -z "${TRADEOPS_DISCORD_WEBHOOK_URL:-}" ]; then
    if [ -t 0 ]; then
        printf 'Webhook URL (it is not shown): ' >&2
        trap 'stty echo' EXIT INT TERM
        stty -echo
    fi
    IFS= read -r TRADEOPS_DISCORD_WEBHOOK_URL || true
    [ ! -t 0 ] || echo >&2
fi
export TRADEOPS_DISCORD_WEBHOOK_URL

tradeops contacts check discord
if [ "${1:-}" = --send ]; then
    tradeops contacts send discord
fi
echo 'The webhook works. Give it to the Grafana server as TRADEOPS_DISCORD_WEBHOOK_URL, by its secret store.'
