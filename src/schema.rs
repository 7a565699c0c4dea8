//! The tables as diesel sees them. Follows `migrations/`; who may write which column is said there.
#![expect(missing_docs, reason = "the migrations say what each column means")]

diesel::table! {
    users (user_id) {
        user_id -> Int8,
        user_name -> Text,
        email -> Text,
        password_hash -> Text,
        gender -> Text,
        address -> Text,
        role -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    sessions (session_id) {
        session_id -> Uuid,
        user_id -> Int8,
        seed -> Bytea,
        started_at -> Timestamptz,
        expires_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    refresh_tokens (token_hash) {
        token_hash -> Bytea,
        session_id -> Uuid,
        expires_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    identities (issuer, subject) {
        issuer -> Text,
        subject -> Text,
        user_id -> Int8,
        linked_at -> Timestamptz,
    }
}

diesel::table! {
    theaters (theater_id) {
        theater_id -> Int8,
        theater_name -> Text,
        city -> Text,
        address -> Text,
        time_zone -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    screens (screen_id) {
        screen_id -> Int8,
        theater_id -> Int8,
        screen_name -> Text,
        focal_x -> Float4,
        focal_y -> Float4,
    }
}

diesel::table! {
    screen_seats (screen_id, seat_number) {
        screen_id -> Int8,
        seat_number -> Text,
        seat_index -> Int4,
        section -> Text,
        row_label -> Text,
        x -> Float4,
        y -> Float4,
        kind -> Text,
        price -> Nullable<Int8>,
    }
}

diesel::table! {
    events (event_id) {
        event_id -> Int8,
        event_name -> Text,
        description -> Text,
        category -> Text,
        theater_id -> Int8,
        screen_id -> Int8,
        start_time -> Timestamptz,
        cdn_link -> Text,
        currency -> Text,
        total_ticket_count -> Int4,
        price_from -> Int8,
        cancel_minutes_before -> Int4,
        cancel_fee_percent -> Int4,
        admissions_per_minute -> Nullable<Int4>,
        waiting_room_opens_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

// Without `words`: diesel has no tsvector, and nobody reads one.
diesel::table! {
    search_documents (document_id) {
        document_id -> Int8,
        digest -> Uuid,
        theater_id -> Int8,
        title_key -> Text,
        theater_key -> Text,
        city_key -> Text,
        category_key -> Text,
        title_words -> Int4,
    }
}

diesel::table! {
    event_search (event_id) {
        event_id -> Int8,
        document_id -> Int8,
        start_time -> Timestamptz,
        local_date -> Date,
        theater_id -> Int8,
        price_from -> Int8,
        city_key -> Text,
        category_key -> Text,
    }
}

diesel::table! {
    search_starts (document_id) {
        document_id -> Int8,
        starts -> Array<Timestamptz>,
        price_least -> Nullable<Int8>,
        price_most -> Nullable<Int8>,
    }
}

diesel::table! {
    search_words (word) {
        word -> Text,
    }
}

// Without `words`, as above.
diesel::table! {
    search_terms (kind, key) {
        kind -> Text,
        key -> Text,
        label -> Text,
    }
}

diesel::table! {
    event_changes (change_id) {
        change_id -> Int8,
        event_id -> Int8,
        document_before -> Nullable<Int8>,
        transaction_id -> Int8,
        changed_at -> Timestamptz,
    }
}

diesel::table! {
    tickets (ticket_id, event_id) {
        ticket_id -> Int8,
        event_id -> Int8,
        seat_number -> Text,
        section -> Text,
        row_label -> Text,
        x -> Float4,
        y -> Float4,
        kind -> Text,
        price -> Int8,
        status -> Int2,
        reserved_by -> Nullable<Int8>,
        reservation_id -> Nullable<Uuid>,
        status_at -> Timestamptz,
        held_until -> Nullable<Timestamptz>,
        taken_price -> Nullable<Int8>,
        booking_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    reservations (event_id, user_id, nth) {
        event_id -> Int8,
        user_id -> Int8,
        nth -> Int4,
        reservation_id -> Uuid,
        ticket_ids -> Array<Int8>,
        amount -> Int8,
        held_until -> Timestamptz,
    }
}

diesel::table! {
    bookings (event_id, booking_id) {
        event_id -> Int8,
        booking_id -> Uuid,
        user_id -> Nullable<Int8>,
        reservation_id -> Nullable<Uuid>,
        ticket_ids -> Array<Int8>,
        amount -> Int8,
        currency -> Text,
        status -> Text,
        channel -> Text,
        request_hash -> Bytea,
        failure -> Nullable<Text>,
        check_at -> Timestamptz,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    payments (event_id, attempt_id) {
        event_id -> Int8,
        attempt_id -> Uuid,
        booking_id -> Uuid,
        payment_method -> Text,
        payment_intent_id -> Nullable<Text>,
        redirect_url -> Nullable<Text>,
        provider_status -> Nullable<Text>,
        decline_code -> Nullable<Text>,
        traceparent -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    refunds (event_id, refund_id) {
        event_id -> Int8,
        refund_id -> Uuid,
        booking_id -> Uuid,
        attempt_id -> Nullable<Uuid>,
        ticket_ids -> Array<Int8>,
        amount -> Int8,
        fee -> Int8,
        status -> Text,
        asked_by -> Nullable<Int8>,
        request_hash -> Bytea,
        failure -> Nullable<Text>,
        check_at -> Timestamptz,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    payment_events (provider_event_id) {
        provider_event_id -> Text,
        event_type -> Text,
        payload -> Text,
        received_at -> Timestamptz,
        processed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    admissions (event_id, ticket_id, booking_id) {
        event_id -> Int8,
        ticket_id -> Int8,
        booking_id -> Uuid,
        admitted_by -> Int8,
        admitted_at -> Timestamptz,
    }
}

diesel::table! {
    box_office_log (event_id, entry_id) {
        entry_id -> Int8,
        event_id -> Int8,
        admin_id -> Int8,
        action -> Text,
        ticket_ids -> Array<Int8>,
        booking_id -> Nullable<Uuid>,
        reason -> Text,
        acted_at -> Timestamptz,
    }
}

diesel::joinable!(refresh_tokens -> sessions (session_id));
diesel::joinable!(events -> theaters (theater_id));
diesel::joinable!(events -> screens (screen_id));
diesel::joinable!(screens -> theaters (theater_id));
diesel::joinable!(tickets -> events (event_id));

diesel::allow_tables_to_appear_in_same_query!(
    theaters,
    screens,
    screen_seats,
    events,
    event_search,
    tickets,
    bookings,
    payments,
    refunds,
    admissions
);
diesel::allow_tables_to_appear_in_same_query!(sessions, refresh_tokens);
