"""No message, label or display shows a secret."""

from __future__ import annotations

import traceback

import pytest

import dkdata as dk
from dkdata.errors import ConfigError, DkError
from tests.configuration.servers import FRAME, configured

SECRET = "hunter2-0123"  # noqa: S105 - shown nowhere


def _use(text):
    lines = "".join(f"    {line}\n" for line in text.splitlines())
    configured(f"stores:\n  s:\n    backend: server\n{lines}")
    dk.save(FRAME, "s.t")


class TestSecrets:
    @pytest.mark.parametrize(
        "text",
        [
            f"password: [{SECRET}]",
            f"password: {{x: {SECRET}}}",
            f"api_key: [{SECRET}]",
            f"password: {SECRET}\nport: x",
            f"password: {SECRET}\nport: {SECRET}",
            f"password: {SECRET}\nprot: 1",
            f"password: *{SECRET}",
            f"password: !{SECRET} x",
            f"password: @{SECRET}",
            f"password: %{SECRET}",
            f"password: '{SECRET}",
            f"password: [{SECRET}",
            f"password: {SECRET}: x",
            f"password: {SECRET}\n\tport: 1",
            f"password: {SECRET}\npassword: {SECRET}",
            f"password: ${{{SECRET}}}",
            f"url: [postgresql://ada:{SECRET}@db]",
            f"port: postgresql://ada:{SECRET}@db",
            f"url: postgresql://ada:{SECRET}@db\nlevel: x",
            f"url: postgresql://ada:{SECRET}@db\nsave_mode: x",
        ],
    )
    def test_no_error_shows_one(self, text):
        with pytest.raises(ConfigError) as raised:
            _use(text)
        told = traceback.format_exception(raised.value)
        lines = [line for part in told for line in part.splitlines() if "File " not in line]
        assert SECRET not in "\n".join(lines)

    def test_no_display_shows_one(self):
        config = configured(
            f"stores:\n  s: {{backend: server, password: {SECRET}, api_key: {SECRET}}}\n"
            f"  u: {{url: 'server://ada:{SECRET}@db'}}\n"
            f"  v: 'server://ada:{SECRET}@db'\n"
        )
        for name in ("s", "u", "v"):
            shown = [repr(config), str(config), config._repr_html_(), repr(config.store(name))]
            shown += [config.store(name).name, str(config.store(name).options["password"])]
            assert SECRET not in " ".join(shown)
        assert repr(config).endswith("s (server), u (server), v (server)")

    def test_a_url_target_is_shown_without_its_password(self):
        configured("")
        target = f"server://ada:{SECRET}@db#url_secrets"
        saved = dk.save(FRAME, target, mode="replace")
        shown = [str(saved), repr(dk.table(target)), dk.table(target)._repr_html_()]
        assert saved.target == "server://ada:***@db#url_secrets"
        dk.drop(target)
        assert SECRET not in " ".join(shown)

    @pytest.mark.parametrize(
        "wrong",
        [
            f"server://ada:{SECRET}@db#absent",
            f"server://ada:{SECRET}@db",
            f"server://ada:x#{SECRET}@db#absent",
            f"server://db?password={SECRET}#absent",
            f"server://ada:{SECRET}@db?prot=1#absent",
            f"nobody://ada:{SECRET}@db#absent",
            f"postgresql:/ada:{SECRET}@db/shop#absent",
            f"postgresql:ada:{SECRET}@db/shop",
            f"host=db password={SECRET} dbname=shop",
        ],
    )
    def test_no_error_of_a_url_shows_one(self, wrong):
        configured("")
        for call in (dk.load, lambda url: dk.sql(f"select nothing from '{url}'")):
            with pytest.raises(DkError) as raised:
                call(wrong)
            assert SECRET not in str(raised.value)
