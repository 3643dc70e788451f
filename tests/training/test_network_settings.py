import inspect

from networks.generator import Generator
from training import network_settings


def test_the_settings_are_the_generators_arguments_of_the_same_defaults():
    settings = network_settings.NetworkSettings(use_embedding=True).networks()
    arguments = inspect.signature(Generator).parameters
    assert settings == {name: arguments[name].default for name in network_settings.NAMES}
