"""Which files are looked at, and what each of them is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lambdalint.load.collect import collect
from lambdalint.load.detect import detect, may_be_template
from lambdalint.source.node import Document
from lambdalint.source.read import parse

CORPUS = Path(__file__).parents[2] / "shared" / "corpus" / "templates"


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("Transform: AWS::Serverless-2016-10-31\nResources: {}", "sam"),
        ("Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]", "sam"),
        ("Resources: {F: {Type: AWS::Serverless::Function}}", "sam"),
        ("Resources:\n  Fn::ForEach::F: [N, [A], {F: {Type: AWS::Serverless::Function}}]", "sam"),
        ("AWSTemplateFormatVersion: 2010-09-09", "cloudformation"),
        ("Transform: AWS::LanguageExtensions\nResources: {Q: {Type: AWS::SQS::Queue}}", "cloudformation"),
        ("Resources: {Q: {Type: Custom::Thing}}", "cloudformation"),
        ('{"Resources": {"Q": {"Type": "Alexa::ASK::Skill"}}}', "cloudformation"),
        ("service: x\nprovider:\n  name: aws\nfunctions: {}", "serverless"),
        ("service: {name: x}\nprovider: aws", "serverless"),
        ("service: x\nprovider: ${file(provider.yml)}", "serverless"),
        ('{"service": "x", "provider": {"name": "aws"}}', "serverless"),
        ("service: x\nprovider: {name: google}", None),
        ("provider: {name: aws}\nfunctions: {}", None),
        ("services: {web: {image: x}}", None),
        ("Resources: [AWS::SQS::Queue]", None),
        ("Resources: {Q: {Type: Deployment}}", None),
        ("- Type: AWS::SQS::Queue", None),
        ("AWS::Serverless", None),
        ("", None),
    ],
)
def test_a_dialect_is_told_by_content(text: str, dialect: str | None) -> None:
    assert detect(parse(Document("t", text))) == dialect
    if dialect is not None:
        assert may_be_template(text)


@pytest.mark.parametrize(
    "text",
    [
        "on: push\njobs: {build: {runs-on: ubuntu-latest}}",
        "apiVersion: apps/v1\nkind: Deployment\nspec: {template: {}}",
        "services:\n  web: {image: x}\nvolumes: {}",
        '{"name": "x", "dependencies": {"aws-sdk": "2"}}',
        "docs: see AWS::SQS::Queue",
    ],
)
def test_foreign_files_are_not_worth_parsing(text: str) -> None:
    assert not may_be_template(text)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="needs the collection of real templates")
def test_every_real_template_is_known() -> None:
    # Some declare SAM resources without the transform (fragments that a build step joins): "cfn" in the manifest.
    kinds = {"sam": {"sam"}, "cfn": {"cloudformation", "sam"}, "sls": {"serverless"}}
    wrong = []
    for row in (CORPUS.parent / "manifest.tsv").read_text().splitlines()[1:]:
        name, _, kind, *_ = row.split("\t")
        if not name.startswith("templates/"):
            continue
        text = (CORPUS.parent / name).read_text()
        if not may_be_template(text) or detect(parse(Document(name, text))) not in kinds[kind]:
            wrong.append((name, kind))
    assert wrong == []


def write(root: Path, *names: str, content: str = "") -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)


def names(root: Path, *paths: str, exclude: list[str] | None = None) -> list[str]:
    found, gaps = collect([root / path for path in paths], root, exclude)
    assert gaps == []
    return [file.name for file in found]


def test_directories_are_walked_in_order(tmp_path: Path) -> None:
    write(tmp_path, "b.yaml", "a/z.yml", "a/c.json", "a.template", "x.template.json", "app.py", "a/README.md", "s.sam")
    skipped = ["node_modules/t.yaml", ".aws-sam/build/t.yaml", ".git/t.yaml", "cdk.out/t.json", "package-lock.json"]
    write(tmp_path, *skipped, "env/pyvenv.cfg", "env/lib/t.yaml")
    assert names(tmp_path, ".") == ["a/c.json", "a/z.yml", "a.template", "b.yaml", "s.sam", "x.template.json"]


def test_what_is_named_is_taken_once(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "b.yaml", "cdk.out/t.json", ".gitignore", content="cdk.out\n*.yaml\n")
    found, gaps = collect(
        [tmp_path / "b.yaml", tmp_path, tmp_path / "a.txt", tmp_path / "b.yaml"], tmp_path, ["b.yaml"]
    )
    assert [(file.name, file.explicit) for file in found] == [("b.yaml", True), ("a.txt", True)]
    assert found[0].path.read_text() and gaps == []
    assert names(tmp_path, "cdk.out") == ["cdk.out/t.json"]


def test_files_outside_the_root_keep_the_name_they_were_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "root/a.yaml", "other/b.yaml")
    monkeypatch.chdir(tmp_path / "root")
    found, _ = collect([Path("a.yaml"), Path("../other/b.yaml")], Path())
    assert [file.name for file in found] == ["a.yaml", "../other/b.yaml"]


def test_gitignore_and_exclude_are_followed(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", "keep.yaml", "out/b.yaml", "sub/c.yaml", "sub/d.yaml", "sub/e.yaml", "x/f.yaml")
    (tmp_path / ".gitignore").write_text("*.yaml\n!keep.yaml\nout/\n!x/*.yaml\n")
    (tmp_path / "sub" / ".gitignore").write_text("!d.yaml\n!e.yaml\n")
    assert names(tmp_path, ".") == ["keep.yaml", "sub/d.yaml", "sub/e.yaml", "x/f.yaml"]
    assert names(tmp_path, "sub") == ["sub/d.yaml", "sub/e.yaml"]
    assert names(tmp_path, ".", exclude=["sub/e*", "x/"]) == ["keep.yaml", "sub/d.yaml"]
    assert names(tmp_path, "out") == ["out/b.yaml"]


def test_links_out_of_the_root_are_not_followed(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(tmp_path, "secret.yaml", "root/a.yaml", "root/hidden/real.txt")
    (root / "out.yaml").symlink_to(tmp_path / "secret.yaml")
    (root / "dir").symlink_to(tmp_path)
    (root / "gone.yaml").symlink_to(root / "none.yaml")
    (root / "twin.yaml").symlink_to(root / "a.yaml")
    (root / "other.yaml").symlink_to(root / "hidden" / "real.txt")
    os.mkfifo(root / "pipe.yaml")
    assert names(root, ".") == ["a.yaml", "other.yaml"]
    found, gaps = collect([root / "out.yaml"], root)
    assert found == [] and [gap.what for gap in gaps] == ["out.yaml"] and "leads out" in gaps[0].why


def test_a_path_that_does_not_exist_is_a_gap(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml")
    found, gaps = collect([tmp_path / "b.yaml", tmp_path / "a.yaml"], tmp_path)
    assert [file.name for file in found] == ["a.yaml"]
    assert [(gap.what, gap.path) for gap in gaps] == [("b.yaml", "b.yaml")]
    assert "spelling" in gaps[0].why
