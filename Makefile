SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run test test-slow benchmark tune check format install clean

export DVC_NO_ANALYTICS = 1
export MLFLOW_DISABLE_TELEMETRY = true
export HF_HUB_OFFLINE = 1
export TOKENIZERS_PARALLELISM = false
export PATH := $(CURDIR)/.venv/bin:$(PATH)

PYTHON ?= python3
INQUIRIES ?= 2500
SEED ?= 7
DAY ?= 2026-03-02
DATA ?= ../shared/data
TARGET ?= conversion
DEMO := data/raw/demo
SCORES := data/scores/$(DAY).xlsx

help: ## list what make can do
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: install ## simulate the demo corpus, run the whole line, score its last week, show the result
	@test -d $(DEMO) || inquiry-intent simulate --inquiries $(INQUIRIES) --seed $(SEED) --until $(DAY) -o $(DEMO)
	@dvc repro
	@test -f mlflow.db || test -n "$$MLFLOW_TRACKING_URI" || dvc repro --force --single-item track  # after make clean
	@test $(SCORES) -nt dvc.lock || \
		inquiry-intent score data/interim/tables --as-of $(DAY) --models models -o $(SCORES)
	@inquiry-intent summary reports
	@echo
	@echo "The demo corpus is simulated: these figures show that the line works, not how good it is on real inquiries."
	@echo "Scores of the demo's last week:  $(SCORES)"
	@echo "Reports:                         reports/"
	@echo "Runs, model beside rules:        .venv/bin/mlflow ui --backend-store-uri sqlite:///mlflow.db"

# A worker for each core takes one file of tests after the other; within a worker one thread, or they wait for each other.
test test-slow: export OMP_NUM_THREADS = 1

test: install ## the default test suite
	@pytest -m "not slow" -n auto --dist loadfile

test-slow: install ## real encoder on all data, scale, browser
	@pytest -m slow -n auto --dist loadfile

benchmark: install ## quality on real inquiries beside peers; DATA names the folder of the real sets
	@python -c 'import catboost' 2>/dev/null || pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[benchmark]'
	@python -m benchmarks.quality peers --data $(DATA)

tune: install ## search the booster's parameters before the test period; TARGET: conversion or client_tier
	@dvc repro audit
	@inquiry-intent tune $(TARGET) data/interim/tables data/interim/snapshots.parquet data/processed/features.parquet

check: install ## formatting, lint, types
	@ruff format --check .
	@ruff check .
	@mypy

format: install ## put the code into the house style
	@ruff format .
	@ruff check --fix .

install: .venv/installed ## pinned dependencies into .venv

# torch comes first and by its exact pin: a plain `torch` may pull a build for graphics cards.
.venv/installed: pyproject.toml constraints.txt
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@echo "Installing pinned dependencies into .venv (about three minutes) …"
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check $$(grep '^torch==' constraints.txt)
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[pipeline,dev]'
	@touch $@

clean: ## remove everything that make run made; dvc.lock is part of the project and stays
	rm -rf data/raw/demo data/interim data/processed data/scores models/conversion models/client_tier
	rm -rf reports/conversion reports/client_tier reports/labels.json reports/audit.csv reports/audit.txt mlflow.db mlartifacts .cache
