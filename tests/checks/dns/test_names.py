from __future__ import annotations

import pytest

from fixtures.evidence import Looked
from tests.checks.dns.answers import HOST, NEW, OLD, SITES, answer, cutover, dns, held, name, to
from tests.checks.evidence import load, role, unmet, unproven

check = load("dns/test_names.py")


def record(*answers, declared=None, routed="weu", **facts):
    return {"name": declared or name(), "dns": dns(*answers, **facts), "cutover": cutover(routed)}


def consistent(*answers, declared=None, routed="weu", **facts):
    return {"name": declared or name(), "dns": dns(*answers, **facts), "cutover": cutover(routed)}


def test_the_old_target_before_the_switch_and_the_new_one_after_it():
    looked = Looked()
    check.test_record(**record(to(OLD), to(OLD, server="8.8.8.8"), looked=looked))
    assert looked.count == 2
    check.test_record(**record(to(NEW), routed="neu"))


def test_the_new_target_too_early_is_unmet():
    assert unmet(check.test_record, **record(to(OLD), to(NEW, server="8.8.8.8"))) == (
        "orders/api.contoso.example does not lead to weu-gw.contoso.example, as it must while weu is routed, "
        "in the view public: 8.8.8.8 leads to neu-gw.contoso.example and on to 20.60.1.4."
    )


def test_the_old_target_after_the_switch_is_unmet():
    said = unmet(check.test_record, **record(to(OLD), routed="neu"))
    assert "does not lead to neu-gw.contoso.example, as it must while neu is routed" in said


def test_either_target_while_both_sites_are_routed():
    check.test_record(**record(to(OLD), to(NEW), routed="weu+neu"))


def test_a_target_that_leads_back_to_the_other_site_is_unmet():
    said = unmet(check.test_record, **record(answer(NEW, OLD, "20.50.1.4"), routed="neu"))
    assert said.endswith(
        "1.1.1.1 leads to neu-gw.contoso.example and on to weu-gw.contoso.example and on to 20.50.1.4."
    )


def test_a_target_deeper_in_the_chain_is_fine():
    check.test_record(**record(answer("tm.example", OLD, "edge.example", "20.9.9.9")))


def test_case_and_the_trailing_dot_do_not_matter():
    check.test_record(
        **record(answer("WEU-GW.Contoso.Example", "20.50.1.4"), declared=name(before=["Weu-gw.contoso.example."]))
    )


def addressed(**document):
    return name(type="A", before=["20.50.1.4", "20.50.1.5"], after=["20.60.1.4"], **document)


def test_several_declared_addresses_are_fine():
    check.test_record(**record(answer("20.50.1.5", "20.50.1.4"), answer("20.50.1.5"), declared=addressed()))


def test_an_address_that_is_not_declared_is_unmet():
    said = unmet(check.test_record, **record(answer("20.50.1.4", "20.60.1.4"), declared=addressed()))
    assert said.endswith("1.1.1.1 leads to 20.50.1.4, 20.60.1.4.")


def test_addresses_of_version_6_are_compared_as_addresses():
    declared = name(type="AAAA", before=["2001:DB8:0::4"], after=["2001:db8::5"])
    check.test_record(**record(answer("2001:db8::4"), declared=declared))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (answer(rcode="NXDOMAIN"), "1.1.1.1 says that it does not exist (NXDOMAIN)"),
        (
            answer(OLD, rcode="NXDOMAIN"),
            "1.1.1.1 says that its target weu-gw.contoso.example does not exist (NXDOMAIN)",
        ),
        (answer(rcode="SERVFAIL"), "1.1.1.1 fails to answer (SERVFAIL)"),
        (answer(), "1.1.1.1 has no address for it"),
        (answer(OLD), "1.1.1.1 has no address for its target weu-gw.contoso.example"),
    ],
)
def test_absence_is_unmet(given, words):
    assert unmet(check.test_record, **record(given, given)).endswith(f"in the view public: {words}.")


def test_a_silent_server_is_unproven_and_a_wrong_one_unmet_all_the_same():
    silent = answer(server="8.8.8.8", rcode="TIMEOUT", error="no answer within 2 s")
    assert unproven(check.test_record, **record(to(OLD), silent)) == (
        "8.8.8.8 (public) gave no answer for api.contoso.example: no answer within 2 s"
    )
    assert "1.1.1.1 leads to neu-gw" in unmet(check.test_record, **record(to(NEW), silent))


def private_zone(*answers, site="neu", **facts):
    declared = name("sb-prod-neu.servicebus.windows.net", private=True, site=site)
    return {"name": declared, "dns": dns(*answers, **facts), "arm_of_sites": {}, "sites": SITES}


def bus(*through, **values):
    return answer(*through, host="sb-prod-neu.servicebus.windows.net", **values)


TWIN = "sb-prod-neu.privatelink.servicebus.windows.net"


def test_a_private_name_leads_into_the_networks_of_its_site():
    looked = Looked()
    check.test_private_zone(**private_zone(bus(TWIN, "10.60.20.11"), looked=looked))
    assert looked.count == 1


def test_a_private_name_that_leads_to_the_other_site_is_unmet():
    assert unmet(check.test_private_zone, **private_zone(bus("10.60.20.12", "10.40.20.11"))) == (
        "orders/sb-prod-neu.servicebus.windows.net does not lead into the networks of neu (10.60.0.0/16) in the view "
        "public: 1.1.1.1 leads to 10.40.20.11, which is inside those of weu."
    )


def test_a_private_name_that_leads_to_its_public_front_end_is_unmet():
    said = unmet(check.test_private_zone, **private_zone(bus(TWIN, "20.60.80.11")))
    assert said.endswith("1.1.1.1 leads to 20.60.80.11, as where no zone privatelink.servicebus.windows.net is linked.")
    assert unmet(check.test_private_zone, **private_zone(bus("20.60.80.11"))).endswith("leads to 20.60.80.11.")


def test_a_linked_zone_without_the_record_is_unmet():
    said = unmet(check.test_private_zone, **private_zone(bus(TWIN, rcode="NXDOMAIN")))
    assert said.endswith(
        f"1.1.1.1 finds no record for {TWIN}: the zone privatelink.servicebus.windows.net is linked there and lacks it."
    )
    assert "SERVFAIL" in unmet(check.test_private_zone, **private_zone(bus(rcode="SERVFAIL")))


def test_a_private_name_of_no_site_leads_into_any_of_them():
    check.test_private_zone(**private_zone(bus("10.40.20.11"), site=None))
    said = unmet(check.test_private_zone, **private_zone(bus("10.20.0.5"), site=None))
    assert "which is inside those of dc1" in said


def test_a_private_name_of_no_site_leads_into_the_site_of_the_view():
    given = private_zone(bus("10.40.20.11"), site=None)
    given["dns"].place = "neu"
    assert "does not lead into the networks of neu (10.60.0.0/16) in the view neu" in unmet(
        check.test_private_zone, **given
    )
    moving = name("db.internal.example", private=True, before=[OLD], after=[NEW])
    given = private_zone(answer("10.40.20.11", host=moving.host), site=None) | {"name": moving}
    given["dns"].place = "neu"
    check.test_private_zone(**given)


def test_without_declared_networks_any_private_address_will_do():
    given = private_zone(bus("10.99.0.1")) | {"sites": {"neu": role("neu", target=True)}}
    check.test_private_zone(**given)
    assert "20.9.9.9" in unmet(check.test_private_zone, **given | {"dns": dns(bus("20.9.9.9"))})


def test_a_silent_server_leaves_a_private_name_unproven():
    silent = bus(server="8.8.8.8", rcode="TIMEOUT", error="no answer within 2 s")
    assert "8.8.8.8 (public) gave no answer" in unproven(
        check.test_private_zone, **private_zone(bus("10.60.1.1"), silent)
    )
    assert "10.40.1.1" in unmet(check.test_private_zone, **private_zone(bus("10.40.1.1"), silent))


def test_whether_a_private_name_exists_is_the_records_matter_too():
    private = name("sb-prod-neu.servicebus.windows.net", private=True, site="neu")
    check.test_record(**record(bus("10.40.20.11"), declared=private))
    assert "NXDOMAIN" in unmet(check.test_record, **record(bus(rcode="NXDOMAIN"), declared=private))


def test_one_answer_everywhere_is_consistent_in_any_order():
    looked = Looked()
    one, other = answer(OLD, "20.50.1.4", "20.50.1.5"), answer(OLD, "20.50.1.5", "20.50.1.4", server="8.8.8.8")
    check.test_consistent(**consistent(one, other, looked=looked))
    assert looked.count == 4


def test_a_server_with_another_answer_is_unmet():
    assert unmet(
        check.test_consistent, **consistent(to(OLD), to(NEW, server="8.8.8.8"), to(NEW, server="8.8.8.8"))
    ) == (
        "orders/api.contoso.example has more than one answer in the view public: "
        "1.1.1.1 says weu-gw.contoso.example and on to 20.50.1.4; "
        "8.8.8.8 says neu-gw.contoso.example and on to 20.60.1.4."
    )


def test_a_second_address_in_turn_is_unmet():
    said = unmet(check.test_consistent, **consistent(to(OLD), answer(OLD, "20.9.9.9"), to(OLD)))
    assert "1.1.1.1 says weu-gw.contoso.example and on to 20.9.9.9" in said


def test_an_absence_now_and_then_is_unmet():
    assert "8.8.8.8 says NXDOMAIN" in unmet(
        check.test_consistent, **consistent(to(OLD), answer(rcode="NXDOMAIN", server="8.8.8.8"))
    )


def test_declared_answers_in_turn_are_fine():
    check.test_consistent(
        **consistent(answer("20.50.1.4"), answer("20.50.1.5"), declared=addressed(), authoritative=())
    )
    both = {"before": [OLD, NEW], "after": [NEW]}
    check.test_consistent(**consistent(to(OLD), to(NEW), to(OLD), declared=name(**both), authoritative=()))


def test_an_undeclared_answer_among_declared_ones_is_unmet():
    given = consistent(answer("20.50.1.4"), answer("20.60.1.4"), declared=addressed(), authoritative=())
    assert "20.60.1.4" in unmet(check.test_consistent, **given)


def test_a_stale_name_server_is_unmet():
    stale = (held(OLD), held(NEW, server="ns2.example"))
    assert unmet(check.test_consistent, **consistent(to(OLD), authoritative=stale)) == (
        "orders/api.contoso.example has more than one answer in the view public: "
        "ns1.example says weu-gw.contoso.example; ns2.example says neu-gw.contoso.example."
    )


def test_name_servers_that_cannot_be_asked_leave_the_resolver_to_judge():
    check.test_consistent(**consistent(to(OLD), authoritative=(), authority_error="port 53 is closed"))


def test_unheard_addresses_of_version_6_make_no_second_answer():
    whole, half = answer(OLD, "20.50.1.4", "2001:db8::4"), answer(OLD, "20.50.1.4", error="AAAA: no answer within 2 s")
    check.test_consistent(**consistent(whole, half))
    other = answer(OLD, "20.50.1.4", "2001:db8::5")
    assert "2001:db8::5" in unmet(check.test_consistent, **consistent(whole, other))


def test_a_silent_server_proves_no_consistency():
    silent = answer(server="8.8.8.8", rcode="TIMEOUT")
    assert "8.8.8.8 (public) gave no answer" in unproven(check.test_consistent, **consistent(to(OLD), silent))


def test_a_name_that_nobody_asked_about_is_unproven():
    assert unproven(check.test_record, **record(to(OLD), declared=name("other.contoso.example"))) == (
        "other.contoso.example was not asked at the resolver public"
    )
    assert HOST in unproven(check.test_record, **record())
