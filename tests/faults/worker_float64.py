"""Ten steps in float64, as one worker of TF_CONFIG's or alone; argv: records, file of weights."""

import sys

import numpy as np
import tensorflow as tf
from tensorflow import keras

from input_pipeline.faces import dataset, record_files
from networks import progressive
from training.run.strategy import Batches, make_strategy
from training.trainer import AdversarialTrainer, Plan

SIDE, BATCH, N_CRITIC = 16, 8, 2

strategy = make_strategy(0)
keras.utils.set_random_seed(1)
with strategy.scope():
    networks = progressive.networks(SIDE, True, 8, "float64", embedding_hidden=8)
plan = Plan(
    batch_size=BATCH,
    learning_rate=lambda step: tf.constant(1e-3),
    n_critic=N_CRITIC,
    fade_steps=8,
    average_decay=0.9,
    seed=5,
)
trainer = AdversarialTrainer(strategy, *networks, plan)
records = record_files.open_records(sys.argv[1], SIDE)
batches = Batches(
    strategy,
    lambda count, served: dataset.batches(
        records, SIDE, BATCH, seed=3, passes=N_CRITIC, replicas=count, served=served
    ),
)
for _ in range(10):
    trainer.train_step(next(batches))
weights = [w.numpy() for model in networks for w in model.trainable_variables]
assert {w.dtype.name for w in weights} == {"float64"}
np.savez(sys.argv[2], *weights)
