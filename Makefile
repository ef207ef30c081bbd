# Two commands do everything on a fresh machine: `make verify` and `make test`. Each makes .venv first if need be.
.DEFAULT_GOAL := help
PY := .venv/bin/python
UV := $(PY) -m uv

.PHONY: help setup verify test compat lint types bench-services bench-load bench-venue bench-nodes bench-telemetry bench-security bench-gate bench-campaign clean

help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.ready ## Make .venv with the locked dependencies

.venv/.ready: pyproject.toml uv.lock
	@python=$$(scripts/find-python) && echo "Setting up .venv with $$python" && \
	  { test -x $(PY) && $(PY) -c '' || "$$python" -m venv --clear .venv; }
	@$(PY) -c 'import uv' 2>/dev/null || { $(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip >/dev/null; \
	  $(PY) -m pip install --quiet --disable-pip-version-check "uv>=0.5"; }
	@$(UV) sync --frozen --inexact --python $(PY) --group dev --compile-bytecode
	@$(PY) scripts/compile_ahead.py
	@touch $@

verify: setup ## May this build be promoted? Everything that needs no credentials, no Docker and no Grafana
	.venv/bin/tradeops verify --profile local

test: setup ## The tests
	.venv/bin/python -m pytest -n auto --reruns 1

compat: setup ## The gate's own tests on the oldest supported pytest
	@test -x .venv-lowest/bin/python || $(UV) venv --quiet --python $(PY) .venv-lowest
	@$(UV) pip install --quiet --python .venv-lowest/bin/python --resolution lowest-direct \
	  --editable . "hypothesis>=6.120" "jsonschema>=4.23"
	.venv-lowest/bin/python -m pytest -n auto -q tests/ground tests/gate tests/session tests/bench/duet/test_worker.py -m "not slow"

lint: setup ## Style
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

types: setup ## Types
	$(PY) -m mypy

bench-services: setup ## Start-up, memory and clean-table time of QuestDB
	$(PY) scripts/bench_questdb.py

bench-venue: setup ## Orders per second of the matching engine, and over signed REST
	$(PY) -m pytest_tradeops.venue.bench engine
	$(PY) -m pytest_tradeops.venue.bench rest

bench-nodes: setup ## Start, first fill and latency of real nodes on the venue
	$(PY) scripts/bench_nodes.py

bench-telemetry: setup ## The collector beside prometheus_client and OpenTelemetry, the sink beside QuestDB's client, an outage
	$(PY) scripts/bench_collector.py
	$(PY) scripts/bench_sink.py

bench-security: setup ## bandit over 100,000 lines, in one process and in several
	$(PY) scripts/bench_bandit.py

bench-gate: setup ## The reference bot's benchmarks against their merge base
	$(PY) -m pytest -m benchmark --bench-gate --bench-summary=tradeops-report/benchmarks.md \
	  --bench-report=tradeops-report/benchmarks.json --bench-html=tradeops-report/benchmarks.html

bench-campaign: setup ## How often the benchmark gate is wrong, beside pytest-benchmark; goes on where it was stopped
	$(PY) -m scripts.campaign

bench-load: setup ## What loading the plugin costs over bare pytest
	$(UV) run --quiet --no-sync --with pytest-asyncio python scripts/bench_load.py

clean: ## Remove what the targets made
	rm -rf .venv .venv-lowest dist tradeops-report .pytest_cache .mypy_cache .ruff_cache
