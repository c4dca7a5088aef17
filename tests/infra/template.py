"""The template as CloudFormation sees it: loops expanded, SAM resources transformed."""

import copy
import json
import re
from pathlib import Path

import yaml
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

ROOT = Path(__file__).resolve().parents[2]
PATH = ROOT / "infra" / "template.yaml"

# What the checks deploy. The list stands for what a person chooses on the first day.
PARAMETERS = {
    "MailIdentity": "example.com",
    "Sender": "reports@example.com",
    "OwnerEmail": "owner@example.com",
    "OperatorPrincipals": "arn:aws:iam::000000000000:role/administrator",
}


class Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms of functions."""


def _function(loader, suffix, node):
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {name: value}


Loader.add_multi_constructor("!", _function)


def load(text=None):
    """The template as it is written."""
    return yaml.load(text if text is not None else PATH.read_text(), Loader)


def parameters(template):
    """Every parameter's value: the checks' own, else the default."""
    values = {name: one.get("Default") for name, one in template["Parameters"].items()}
    values.update(PARAMETERS)
    lists = [n for n, one in template["Parameters"].items() if one["Type"] == "CommaDelimitedList"]
    return {n: v.split(",") if n in lists else v for n, v in values.items()}


def _substituted(value, name, item):
    """A loop's variable in keys, in Fn::Sub and in Ref: nowhere else, as CloudFormation does it."""
    if isinstance(value, list):
        return [_substituted(one, name, item) for one in value]
    if not isinstance(value, dict):
        return value
    if value == {"Ref": name}:
        return item
    if set(value) == {"Fn::Sub"}:
        text = value["Fn::Sub"]
        fill = lambda one: one.replace(f"${{{name}}}", item) if isinstance(one, str) else one
        if isinstance(text, list):
            return {"Fn::Sub": [fill(text[0]), _substituted(text[1], name, item)]}
        return {"Fn::Sub": fill(text)}
    return {key: _substituted(one, name, item) for key, one in value.items()}


def expanded(template):
    """Without Fn::ForEach and Fn::FindInMap, which AWS::LanguageExtensions works off first."""
    template = copy.deepcopy(template)
    values = parameters(template)
    resources = {}
    for key, one in template["Resources"].items():
        if not key.startswith("Fn::ForEach::"):
            resources[key] = one
            continue
        name, items, body = one
        items = values[items["Ref"]] if isinstance(items, dict) else items
        for item in items:
            for logical, resource in body.items():
                logical = logical.replace(f"${{{name}}}", item)
                resources[logical] = _substituted(resource, name, item)
    template["Resources"] = _mapped(resources, template.pop("Mappings", {}))
    template["Transform"] = "AWS::Serverless-2016-10-31"
    return template


def _mapped(value, mappings):
    if isinstance(value, list):
        return [_mapped(one, mappings) for one in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Fn::FindInMap"}:
        table, row, column = value["Fn::FindInMap"]
        return mappings[table][row][column]
    return {key: _mapped(one, mappings) for key, one in value.items()}


def transformed(template):
    """As it is deployed: SAM's resources turned into those of CloudFormation."""
    template = expanded(template)
    template["Globals"]["Function"]["CodeUri"] = {"Bucket": "code", "Key": "function.zip"}
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"].pop("CodeUri")
    values = parameters(template)
    return Translator({}, Parser()).translate(sam_template=template, parameter_values=values)


def text(value):
    """An ARN or a text with its references as <Resource> or <Resource.Attribute>."""
    if isinstance(value, str):
        return value
    if not isinstance(value, dict) or len(value) != 1:
        return json.dumps(value)
    (function, argument), = value.items()
    if function == "Ref":
        return f"<{argument}>"
    if function == "Fn::GetAtt":
        argument = argument.split(".") if isinstance(argument, str) else argument
        return f"<{'.'.join(argument)}>"
    if function == "Fn::Sub":
        names = {}
        if isinstance(argument, list):
            argument, names = argument
        fill = lambda found: text(names.get(found[1], {"Ref": found[1]}))
        return re.sub(r"\$\{([^}]+)\}", fill, argument)
    return json.dumps(value)


if __name__ == "__main__":
    print(json.dumps(transformed(load()), indent=2))
