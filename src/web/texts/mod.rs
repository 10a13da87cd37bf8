//! Every word that a reader sees, in two languages. A text that one language lacks is a compile error.
//!
//! `{integrator}`, `{sender}` and the like are filled in by [`fill`]; the templates escape the result.

mod en;
mod sv;

use crate::domain::vocabulary::Language;

macro_rules! texts {
    ($($name:ident)+) => {
        /// The texts of one language. Their names say where they stand.
        pub(super) struct Texts {
            $(pub $name: &'static str),+
        }

        impl Texts {
            /// Every text with its name.
            #[cfg(test)]
            pub fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($name), self.$name)),+]
            }
        }
    };
}

texts! {
    // the frame
    lang other_lang other_language language_nav skip error_prefix step_of step_1 step_2 step_3 through footer_run_by
    footer_privacy footer_agreements footer_keys yes no and     // words
    digital_mail your_company payroll_bureau output_vendor system_vendor payslip invoice letter form other_mail
    // step 1
    about_title about_h1 about_lead about_lead_2 about_changed_h about_changed about_joint_h about_joint about_earlier
    fact_from fact_through fact_for fact_number fact_with fact_with_hint fact_until fact_code fact_code_hint
    short_h short_hint version sum_purpose sum_data sum_subjects sum_place sum_time sum_subs outside_eea
    time_support time_undelivered full_h full_hint full_read full_spec full_proof in_force_from digest_text digest_spec
    digest_hint download only_in_sv only_in_en
    know_h know_who know_who_a know_who_sole know_two know_nothing know_nothing_a know_nothing_earlier know_wrong
    know_wrong_a know_mine know_mine_a
    next next_2 next_hint
    exits_h exits_hint forward_s forward_a forward_label forward_hint forward_b not_ours_s not_ours_a not_ours_b
    decline_s decline_a decline_b
    // step 2
    person_title person_h1 person_lead you full_name full_name_hint role role_hint email email_hint
    basis basis_hint signatory signatory_help director director_help attorney attorney_help position position_help
    sole sole_help
    two_legend two two_hint two_asked second_name second_email second_email_hint
    contact_legend contact contact_hint more_legend group_s group_a covered covered_hint group_permission
    retro_s retro_a retro joint_kept back next_3
    // step 3
    accept_title accept_h1 accept_lead typed_h change basis_label second_label contact_label covered_label retro_label
    none_covered retro_off retro_on statements_h statements_hint statement statement_covered authority authority_covered
    accept_b accept_now accept_two accept_mail know_wrong_after
    // decline
    no_title no_h1 no_lead no_effect_h no_effect_now no_effect_later no_effect_first no_effect_others
    no_effect_unsaved no_effect_undo no_email_hint no_reason no_reason_hint no_declare_h
    no_authority no_next no2_h1 no2_lead no2_who no2_confirm no2_b stay
    // after
    done_title done_h1 done_was_h1 done_lead done_counts done_next_h done_next_mail done_next_contact done_next_nothing done_next_receipt receipt_b
    receipt_hint done_what_h done_when done_who done_doc_language print_hint contested_h contested invalid_h invalid
    wrong_h wrong_s wrong_a wrong_reason wrong_reason_hint wrong_b     wait_title wait_h1 wait_lead wait_until wait_closed wait_h wait_label wait_hint wait_b
    declined_title declined_h1 declined_lead declined_undo not_ours_title not_ours_h1 not_ours_lead
    nothing_title nothing_h1 nothing_lead
    expired_h1 expired_lead superseded_h1 superseded_lead cancelled_h1 cancelled_lead closed_title resend_h resend_a resend_newer
    resend_b no_resend_h1 no_resend_lead sent_forward_h1 sent_forward sent_resend_h1 sent_resend sent_second sent_contest
    contest_title contest_marked contest_h1 contest_lead contest_right contest_connection_h1 contest_connection_lead contest_wrong_h contest_b contest_wrong_a
    contest_over contest_settled
    // faults
    faults_h missing_full_name missing_role missing_email missing_basis missing_second_name missing_second_email
    missing_contact missing_covered missing_group_permission missing_statement missing_authority missing_recipient
    missing_confirm too_long invisible not_an_address integrators_address same_person not_a_number itself twice
    too_many not_a_sole_trader
    // refusals
    unknown_h1 unknown_lead unknown_help lost_h1 lost_lead slow_down_h1 slow_down_lead too_often_h1 too_often_lead
    broken_h1 broken_lead late_h1 late_lead foreign_h1 foreign_lead large_h1 large_lead method_h1 method_lead
    // public pages
    home_h1 home_lead home_link list_h1 list_lead list_none general_terms dpa dpa_for state_scheduled state_in_force state_superseded
    state_withdrawn published state file version_h1 version_lead keys_h1 keys_lead
    keys_current keys_former keys_none keys_how
}

impl Texts {
    /// The texts of a language.
    pub fn of(language: Language) -> &'static Self {
        match language {
            Language::Sv => &sv::SV,
            Language::En => &en::EN,
        }
    }
}

/// A text with its `{names}` replaced. What is put in is never searched again.
pub(super) fn fill(text: &str, words: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len() + 64);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, after)) = after.split_once('}') else { break };
        filled.push_str(words.iter().find(|(known, _)| *known == name).map_or("", |(_, word)| word));
        rest = after;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn marks(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).map(|rest| rest.split_once('}').unwrap().0).collect()
    }

    #[test]
    fn both_languages_say_something_and_speak_of_the_same() {
        for ((name, sv), (_, en)) in sv::SV.all().into_iter().zip(en::EN.all()) {
            assert!(!sv.trim().is_empty() && !en.trim().is_empty(), "{name}");
            assert_eq!(marks(sv), marks(en), "{name}");
            assert!(!sv.contains("  ") && !en.contains("  "), "{name}");
            assert!(!sv.contains('<') && !en.contains('<'), "{name}: texts are not HTML");
        }
    }

    #[test]
    fn what_is_filled_in_is_not_searched_again() {
        assert_eq!(fill("{a} and {b}", &[("a", "{b}"), ("b", "x")]), "{b} and x");
        assert_eq!(fill("none {c}.", &[]), "none .");
    }
}
