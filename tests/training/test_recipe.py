import inspect

from training import losses
from training.recipe import Recipe
from training.trainer import Plan


def test_a_recipe_is_part_of_the_plan():
    recipe = Recipe(loss="logistic", penalty_weight=3.0, clip_norm=2.0, n_critic=4).recipe()
    assert recipe.keys() <= inspect.signature(Plan).parameters.keys()
    assert recipe["loss"] == losses.LOGISTIC._replace(penalty_weight=3.0)
    assert (recipe["clip_norm"], recipe["n_critic"]) == (2.0, 4)
    assert Recipe().recipe()["loss"] == losses.WASSERSTEIN
