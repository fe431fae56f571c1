//! What the questions of the public set BANKING77 are about, and which of twelve skills each of its 77 intents asks for.

/// A skill with the intents that ask for it.
#[derive(Debug, Clone, Copy)]
pub struct Need {
    /// Its id.
    pub skill: &'static str,
    /// Name for people.
    pub display_name: &'static str,
    /// The intents.
    pub intents: &'static [&'static str],
}

const fn need(skill: &'static str, display_name: &'static str, intents: &'static [&'static str]) -> Need {
    Need { skill, display_name, intents }
}

/// Every intent, once.
pub const NEEDS: [Need; 12] = [
    need(
        "card-orders",
        "Ordering cards",
        &[
            "card_arrival",
            "card_delivery_estimate",
            "get_physical_card",
            "getting_spare_card",
            "order_physical_card",
            "visa_or_mastercard",
            "card_about_to_expire",
        ],
    ),
    need(
        "card-use",
        "Using cards",
        &[
            "activate_my_card",
            "card_linking",
            "card_acceptance",
            "card_not_working",
            "contactless_not_working",
            "supported_cards_and_currencies",
            "apple_pay_or_google_pay",
        ],
    ),
    need(
        "virtual-cards",
        "Virtual cards",
        &["getting_virtual_card", "get_disposable_virtual_card", "disposable_card_limits", "virtual_card_not_working"],
    ),
    need(
        "lost-and-stolen",
        "Lost and stolen",
        &["lost_or_stolen_card", "lost_or_stolen_phone", "compromised_card", "card_swallowed"],
    ),
    need("pin-and-access", "PIN and access", &["change_pin", "pin_blocked", "passcode_forgotten"]),
    need(
        "identity",
        "Identity",
        &[
            "verify_my_identity",
            "unable_to_verify_identity",
            "why_verify_identity",
            "verify_source_of_funds",
            "age_limit",
            "edit_personal_details",
            "country_support",
            "terminate_account",
        ],
    ),
    need(
        "cash",
        "Cash",
        &[
            "atm_support",
            "cash_withdrawal_charge",
            "cash_withdrawal_not_recognised",
            "declined_cash_withdrawal",
            "pending_cash_withdrawal",
            "wrong_amount_of_cash_received",
            "wrong_exchange_rate_for_cash_withdrawal",
        ],
    ),
    need(
        "transfers",
        "Transfers",
        &[
            "beneficiary_not_allowed",
            "cancel_transfer",
            "declined_transfer",
            "failed_transfer",
            "pending_transfer",
            "transfer_fee_charged",
            "transfer_into_account",
            "transfer_not_received_by_recipient",
            "transfer_timing",
            "receiving_money",
            "balance_not_updated_after_bank_transfer",
        ],
    ),
    need(
        "top-ups",
        "Top-ups",
        &[
            "automatic_top_up",
            "pending_top_up",
            "top_up_by_bank_transfer_charge",
            "top_up_by_card_charge",
            "top_up_by_cash_or_cheque",
            "top_up_failed",
            "top_up_limits",
            "top_up_reverted",
            "topping_up_by_card",
            "verify_top_up",
            "balance_not_updated_after_cheque_or_cash_deposit",
        ],
    ),
    need(
        "payments",
        "Card payments",
        &[
            "card_payment_fee_charged",
            "card_payment_not_recognised",
            "declined_card_payment",
            "pending_card_payment",
            "extra_charge_on_statement",
            "transaction_charged_twice",
            "direct_debit_payment_not_recognised",
        ],
    ),
    need("refunds", "Refunds", &["Refund_not_showing_up", "request_refund", "reverted_card_payment?"]),
    need(
        "exchange",
        "Exchange",
        &[
            "card_payment_wrong_exchange_rate",
            "exchange_charge",
            "exchange_rate",
            "exchange_via_app",
            "fiat_currency_support",
        ],
    ),
];

/// The skill that an intent asks for.
pub fn skill_of(intent: &str) -> Option<&'static str> {
    NEEDS.iter().find(|need| need.intents.contains(&intent)).map(|need| need.skill)
}

/// Some intent for question `number`: for questions that have none.
pub fn some(number: usize) -> &'static str {
    let count: usize = NEEDS.iter().map(|need| need.intents.len()).sum();
    let mut all = NEEDS.iter().flat_map(|need| need.intents.iter().copied());
    all.nth(number % count).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_of_the_77_intents_asks_for_one_skill() {
        let all: Vec<&str> = (0..77).map(some).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 77);
        assert_eq!(some(77), some(0));
        assert!(all.iter().all(|intent| skill_of(intent).is_some()));
        assert_eq!((skill_of("exchange_rate"), skill_of("weather")), (Some("exchange"), None));
    }
}
