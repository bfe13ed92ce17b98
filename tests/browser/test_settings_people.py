"""Employees, departments and passwords as the administrator keeps them, and the audit."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Company, Desk

pytestmark = pytest.mark.browser


def test_a_user_is_made_changed_and_told_what_is_wrong(desk: Desk) -> None:
    page = desk.page()
    page.goto("/settings/users")
    page.get_by_role("link", name="New user").click()
    expect(page.locator("#page h2")).to_have_text("New user")
    page.locator("#name").fill("Nina Nová")
    page.locator("#login").fill("eva")
    page.get_by_role("checkbox", name="Support").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#login-error")).to_contain_text("This login exists already")
    desk.forgive("422")
    expect(page.locator("#name")).to_have_value("Nina Nová")
    expect(page.get_by_role("checkbox", name="Support")).to_be_checked()
    page.locator("#login").fill("nina")
    page.get_by_role("button", name="Save").click()
    row = page.locator("tr", has_text="Nina Nová")
    expect(row).to_contain_text("No password yet")
    row.get_by_role("link", name="Nina Nová").click()
    page.get_by_label("New password").fill("a very long password")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("tr", has_text="Nina Nová")).to_contain_text("Active")


def test_all_that_is_wrong_with_a_user_is_told_at_once(desk: Desk) -> None:
    page = desk.page()
    page.goto("/settings/users/new")
    for field, text in {
        "name": "Nora", "login": "no spaces here", "email": "nora@here", "password": "short",
        "mobile": "906 123 456", "countries": "QQQ",
    }.items():  # fmt: skip
        page.locator(f"#{field}").fill(text)
    page.get_by_label("Default line").select_option("line2")
    page.get_by_role("button", name="Save").click()
    for field in ("login", "email", "password", "mobile", "countries", "default_line"):
        expect(page.locator(f"#{field}-error")).to_be_visible()
    page.locator("#login").fill("eva")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#login-error")).to_contain_text("This login exists already")
    expect(page.locator("#email-error")).to_be_visible()
    desk.forgive("422")


def test_both_passwords_are_told_to_be_wrong_at_once(desk: Desk) -> None:
    page = desk.page("petr")
    page.goto("/profile")
    page.get_by_label("Current password").fill("not mine")
    page.get_by_label("New password").fill("short")
    page.get_by_role("button", name="Change password").click()
    expect(page.locator("#current-error")).to_contain_text("This is not your password")
    expect(page.locator("#password-error")).to_be_visible()
    desk.forgive("422")


def test_a_mobile_that_a_client_has_too_is_told_of(desk: Desk, company: Company) -> None:
    card = company.cards["contact3"]
    page = desk.page()
    page.goto("/settings/users")
    page.get_by_role("link", name="Petr Novák").click()
    field = page.locator("div.field", has=page.locator("#mobile"))
    page.locator("#mobile").fill("603 777 888")
    page.get_by_role("button", name="Save").click()
    expect(page).to_have_url(f"{company.url}/settings/users")  # nobody else's
    page.get_by_role("link", name="Petr Novák").click()
    expect(page.locator("#mobile")).to_have_value("+420 603 777 888")
    page.locator("#mobile").fill(card.phones[0].number)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").get_by_text("Saved.")).to_be_visible()
    expect(field).to_contain_text("The same number is on a client's card:")
    field.get_by_role("link", name=card.name).click()
    expect(page.locator("#card-heading")).to_have_text(card.name)
    people, actors = company.house.crm.people, company.house.actors
    company.run(people.update_user(actors["admin"], actors["petr"].id, {"mobile": None}))


def test_departments_are_added_renamed_and_removed(desk: Desk) -> None:
    page = desk.page()
    page.goto("/settings/departments")
    page.get_by_label("Name of the new department").fill("Sklad")
    page.get_by_role("button", name="Add").click()
    form = page.locator("form", has=page.locator("input[value='Sklad']"))
    form.get_by_role("textbox").fill("Velký sklad")
    form.get_by_role("button", name="Rename").click()
    page.get_by_role("button", name="Delete Velký sklad").click()
    asked = page.get_by_role("alertdialog", name="Delete department Velký sklad?")
    asked.get_by_role("button", name="Cancel").click()
    expect(asked).not_to_be_visible()
    page.get_by_role("button", name="Delete Velký sklad").click()
    asked.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("button", name="Delete Velký sklad")).to_have_count(0)


def test_a_one_time_password_is_changed_before_anything_else(desk: Desk, company: Company) -> None:
    given, own = "from the administrator", "known to me alone"
    people, admin = company.house.crm.people, company.house.actors["admin"]
    company.run(people.create_user(admin, {"login": "ota", "name": "Ota Nový", "password": given}))
    page = desk.page(None)
    page.goto("/calls")
    page.get_by_label("Login").fill("ota")
    page.get_by_label("Password").fill(given)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Choose a password")).to_be_visible()
    page.get_by_label("New password").fill(given)
    page.get_by_label("Once more").fill(given)
    page.get_by_role("button", name="Save and go on").click()
    expect(page.locator("#password-error")).to_contain_text("another than the one-time password")
    desk.forgive("422")
    page.get_by_label("New password").fill(own)
    page.get_by_label("Once more").fill(own)
    page.get_by_role("button", name="Save and go on").click()
    expect(page.locator("#page h1")).to_have_text("Calls")


def test_a_token_is_shown_once(desk: Desk) -> None:
    page = desk.page("sup")
    page.goto("/profile")
    page.get_by_label("Name of the new token").fill("Power BI")
    page.get_by_role("button", name="Make a token").click()
    secret = page.locator(".notice code")
    expect(secret).to_contain_text("hov_")
    shown = secret.inner_text()
    page.goto("/profile")
    expect(page.get_by_text("Power BI")).to_be_visible()
    assert shown not in page.content()
    page.locator("form", has_text="Power BI").get_by_role("button", name="Revoke").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Revoke").click()
    expect(page.locator("form", has_text="Power BI")).to_have_count(0)


def test_the_audit_names_what_was_changed_and_leads_there(desk: Desk) -> None:
    page = desk.page()
    page.goto("/settings/users/new")
    page.get_by_label("Name", exact=False).first.fill("Olga Zapsaná")
    page.get_by_label("Login").fill("olga.zapsana")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Olga Zapsaná")).to_be_visible()
    page.goto("/settings/audit")
    page.locator("#chips summary", has_text="On").click()
    page.locator(".menu-item", has_text="user").first.click()
    expect(page).to_have_url(re.compile("subject=user"))
    row = page.locator("tbody tr").first
    expect(row).to_contain_text("created")
    row.get_by_role("link", name="Olga Zapsaná").click()
    expect(page.get_by_role("heading", name="Olga Zapsaná")).to_be_visible()


def test_an_employee_does_not_read_the_audit(desk: Desk) -> None:
    page = desk.page("eva")
    for path in ("/settings/audit", "/settings/audit/rows"):
        page.goto(path)
        expect(page.get_by_role("heading", name="You may not do this")).to_be_visible()
    desk.forgive("403")
