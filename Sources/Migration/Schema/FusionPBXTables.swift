/// FusionPBX's tables that documents are made of, with the columns that its version 5.5 has.
///
/// The names are FusionPBX's, so that its web pages, and whoever else knows them, find what they look for.
enum FusionPBXTables {
    /// All of them, in an order in which each comes after those that its rows refer to.
    static let all = people + routing + sip + queues + others

    /// Tenants, users and their settings.
    private static let people: [TableDefinition] = [
        TableDefinition(
            "v_domains",
            key: "domain_uuid",
            uuids: "domain_parent_uuid",
            texts: "domain_name domain_description",
            booleans: "domain_enabled",
            indexes: ["domain_name"]
        ),
        TableDefinition(
            "v_domain_settings",
            key: "domain_setting_uuid",
            uuids: "domain_uuid app_uuid",
            texts: """
                domain_setting_category domain_setting_subcategory domain_setting_name domain_setting_value \
                domain_setting_description
                """,
            booleans: "domain_setting_enabled",
            numbers: "domain_setting_order",
            indexes: ["domain_uuid", "domain_setting_subcategory"]
        ),
        TableDefinition(
            "v_default_settings",
            key: "default_setting_uuid",
            uuids: "app_uuid",
            texts: """
                default_setting_category default_setting_subcategory default_setting_name default_setting_value \
                default_setting_description
                """,
            booleans: "default_setting_enabled",
            numbers: "default_setting_order",
            indexes: ["default_setting_subcategory"]
        ),
        TableDefinition(
            "v_users",
            key: "user_uuid",
            uuids: "domain_uuid contact_uuid",
            texts: """
                username password salt user_email user_status api_key user_totp_secret user_type add_user \
                add_date
                """,
            booleans: "user_enabled",
            indexes: ["domain_uuid"]
        ),
        TableDefinition(
            "v_extensions",
            key: "extension_uuid",
            uuids: "domain_uuid follow_me_uuid",
            texts: """
                extension number_alias password accountcode effective_caller_id_name effective_caller_id_number \
                outbound_caller_id_name outbound_caller_id_number emergency_caller_id_name \
                emergency_caller_id_number directory_first_name directory_last_name max_registrations limit_max \
                limit_destination missed_call_app missed_call_data user_context toll_allow call_group \
                user_record hold_music auth_acl cidr sip_force_contact nibble_account mwi_account \
                sip_bypass_media dial_string dial_user dial_domain forward_all_destination \
                forward_busy_destination forward_no_answer_destination forward_user_not_registered_destination \
                follow_me_destinations extension_language extension_dialect extension_voice extension_type \
                description absolute_codec_string
                """,
            booleans: """
                directory_visible directory_exten_visible call_screen_enabled do_not_disturb forward_all_enabled \
                forward_busy_enabled forward_no_answer_enabled forward_user_not_registered_enabled \
                follow_me_enabled enabled force_ping
                """,
            numbers: "call_timeout sip_force_expires unique_id",
            indexes: ["domain_uuid", "extension", "number_alias"]
        ),
        TableDefinition(
            "v_extension_users",
            key: "extension_user_uuid",
            uuids: "domain_uuid extension_uuid user_uuid",
            indexes: ["extension_uuid"]
        ),
        TableDefinition(
            "v_extension_settings",
            key: "extension_setting_uuid",
            uuids: "domain_uuid extension_uuid",
            texts: """
                extension_setting_type extension_setting_name extension_setting_value \
                extension_setting_description
                """,
            booleans: "extension_setting_enabled",
            indexes: ["extension_uuid"]
        ),
        TableDefinition(
            "v_follow_me",
            key: "follow_me_uuid",
            uuids: "domain_uuid",
            texts: "cid_name_prefix cid_number_prefix dial_string",
            booleans: "follow_me_enabled follow_me_ignore_busy"
        ),
        TableDefinition(
            "v_voicemails",
            key: "voicemail_uuid",
            uuids: "domain_uuid",
            texts: """
                voicemail_id voicemail_password voicemail_alternate_greet_id voicemail_mail_to voicemail_sms_to \
                voicemail_transcription_prompt voicemail_attach_file voicemail_file voicemail_description \
                alternate_voicemail_destination voicemail_name_base64
                """,
            booleans: """
                voicemail_tutorial voicemail_recording_instructions voicemail_recording_options \
                voicemail_transcription_enabled voicemail_transcription_prompt_enabled \
                voicemail_local_after_email voicemail_local_after_forward voicemail_enabled \
                alternate_voicemail_enabled
                """,
            numbers: "greeting_id",
            indexes: ["voicemail_id"]
        ),
    ]

    /// Routing.
    private static let routing: [TableDefinition] = [
        TableDefinition(
            "v_dialplans",
            key: "dialplan_uuid",
            uuids: "domain_uuid app_uuid",
            texts: "hostname dialplan_context dialplan_name dialplan_number dialplan_xml dialplan_description",
            booleans: "dialplan_destination dialplan_continue dialplan_enabled",
            numbers: "dialplan_order",
            indexes: ["dialplan_context", "domain_uuid"]
        ),
        TableDefinition(
            "v_destinations",
            key: "destination_uuid",
            uuids: "domain_uuid dialplan_uuid fax_uuid user_uuid group_uuid provider_uuid",
            texts: """
                destination_type destination_number destination_trunk_prefix destination_area_code \
                destination_prefix destination_condition_field destination_number_regex \
                destination_caller_id_name destination_caller_id_number destination_cid_name_prefix \
                destination_context destination_hold_music destination_distinctive_ring destination_ringback \
                destination_accountcode destination_app destination_data destination_alternate_app \
                destination_alternate_data destination_description
                """,
            booleans: "destination_record destination_enabled destination_email",
            numbers: """
                destination_type_voice destination_type_fax destination_type_emergency destination_type_text \
                destination_order
                """,
            documents: "destination_conditions destination_actions",
            indexes: ["dialplan_uuid", "destination_number"]
        ),
    ]

    /// SIP.
    private static let sip: [TableDefinition] = [
        TableDefinition(
            "v_access_controls",
            key: "access_control_uuid",
            texts: "access_control_name access_control_default access_control_description"
        ),
        TableDefinition(
            "v_access_control_nodes",
            key: "access_control_node_uuid",
            uuids: "access_control_uuid",
            texts: "node_type node_cidr node_description",
            indexes: ["access_control_uuid"]
        ),
        TableDefinition(
            "v_sofia_global_settings",
            key: "sofia_global_setting_uuid",
            texts: "global_setting_name global_setting_value global_setting_description",
            booleans: "global_setting_enabled"
        ),
        TableDefinition(
            "v_sip_profiles",
            key: "sip_profile_uuid",
            texts: "sip_profile_name sip_profile_hostname sip_profile_description",
            booleans: "sip_profile_enabled"
        ),
        TableDefinition(
            "v_sip_profile_settings",
            key: "sip_profile_setting_uuid",
            uuids: "sip_profile_uuid",
            texts: "sip_profile_setting_name sip_profile_setting_value sip_profile_setting_description",
            booleans: "sip_profile_setting_enabled",
            indexes: ["sip_profile_uuid"]
        ),
        TableDefinition(
            "v_sip_profile_domains",
            key: "sip_profile_domain_uuid",
            uuids: "sip_profile_uuid",
            texts: "sip_profile_domain_name sip_profile_domain_alias sip_profile_domain_parse",
            indexes: ["sip_profile_uuid"]
        ),
        TableDefinition(
            "v_gateways",
            key: "gateway_uuid",
            uuids: "domain_uuid",
            texts: """
                gateway username password auth_username realm from_user from_domain proxy register_proxy \
                outbound_proxy register_transport contact_params extension ping ping_min ping_max sip_cid_type \
                codec_prefs extension_in_contact context profile hostname description
                """,
            booleans: "distinct_to register contact_in_ping caller_id_in_from supress_cng enabled",
            numbers: "expire_seconds retry_seconds channels"
        ),
    ]

    /// Queues and conferences.
    private static let queues: [TableDefinition] = [
        TableDefinition(
            "v_call_center_queues",
            key: "call_center_queue_uuid",
            uuids: "domain_uuid dialplan_uuid",
            texts: """
                queue_name queue_extension queue_greeting queue_strategy queue_moh_sound queue_record_template \
                queue_language queue_dialect queue_voice queue_limit queue_time_base_score queue_timeout_action \
                queue_cid_prefix queue_outbound_caller_id_name queue_outbound_caller_id_number \
                queue_announce_position queue_announce_sound queue_cc_exit_keys queue_email_address \
                queue_context queue_description
                """,
            booleans: """
                queue_tier_rules_apply queue_tier_rule_no_agent_no_wait queue_abandoned_resume_allowed \
                queue_tier_rule_wait_multiply_level
                """,
            numbers: """
                queue_time_base_score_sec queue_max_wait_time queue_max_wait_time_with_no_agent \
                queue_max_wait_time_with_no_agent_time_reached queue_tier_rule_wait_second \
                queue_discard_abandoned_after queue_announce_frequency
                """,
            indexes: ["domain_uuid"]
        ),
        TableDefinition(
            "v_call_center_agents",
            key: "call_center_agent_uuid",
            uuids: "domain_uuid user_uuid",
            texts: """
                agent_name agent_type agent_id agent_password agent_contact agent_status agent_logout \
                agent_no_answer_delay_time
                """,
            booleans: "agent_record",
            numbers: """
                agent_call_timeout agent_max_no_answer agent_wrap_up_time agent_reject_delay_time \
                agent_busy_delay_time
                """,
            indexes: ["domain_uuid"]
        ),
        TableDefinition(
            "v_call_center_tiers",
            key: "call_center_tier_uuid",
            uuids: "domain_uuid call_center_queue_uuid call_center_agent_uuid",
            texts: "agent_name queue_name",
            numbers: "tier_level tier_position",
            indexes: ["call_center_queue_uuid"]
        ),
        TableDefinition(
            "v_conference_controls",
            key: "conference_control_uuid",
            texts: "control_name control_description",
            booleans: "control_enabled"
        ),
        TableDefinition(
            "v_conference_control_details",
            key: "conference_control_detail_uuid",
            uuids: "conference_control_uuid",
            texts: "control_digits control_action control_data",
            booleans: "control_enabled",
            indexes: ["conference_control_uuid"]
        ),
        TableDefinition(
            "v_conference_profiles",
            key: "conference_profile_uuid",
            texts: "profile_name profile_description",
            booleans: "profile_enabled"
        ),
        TableDefinition(
            "v_conference_profile_params",
            key: "conference_profile_param_uuid",
            uuids: "conference_profile_uuid",
            texts: "profile_param_name profile_param_value profile_param_description",
            booleans: "profile_param_enabled",
            indexes: ["conference_profile_uuid"]
        ),
    ]

    /// Menus, music, numbers and phrases.
    private static let others: [TableDefinition] = [
        TableDefinition(
            "v_ivr_menus",
            key: "ivr_menu_uuid",
            uuids: "domain_uuid dialplan_uuid ivr_menu_parent_uuid",
            texts: """
                ivr_menu_name ivr_menu_extension ivr_menu_language ivr_menu_dialect ivr_menu_voice \
                ivr_menu_greet_long ivr_menu_greet_short ivr_menu_invalid_sound ivr_menu_exit_sound \
                ivr_menu_pin_number ivr_menu_confirm_macro ivr_menu_confirm_key ivr_menu_tts_engine \
                ivr_menu_tts_voice ivr_menu_exit_app ivr_menu_exit_data ivr_menu_ringback ivr_menu_cid_prefix \
                ivr_menu_context ivr_menu_description
                """,
            booleans: "ivr_menu_direct_dial ivr_menu_enabled",
            numbers: """
                ivr_menu_confirm_attempts ivr_menu_timeout ivr_menu_inter_digit_timeout ivr_menu_max_failures \
                ivr_menu_max_timeouts ivr_menu_digit_len
                """,
            indexes: ["domain_uuid"]
        ),
        TableDefinition(
            "v_ivr_menu_options",
            key: "ivr_menu_option_uuid",
            uuids: "ivr_menu_uuid domain_uuid",
            texts: "ivr_menu_option_digits ivr_menu_option_action ivr_menu_option_param ivr_menu_option_description",
            booleans: "ivr_menu_option_enabled",
            numbers: "ivr_menu_option_order",
            indexes: ["ivr_menu_uuid"]
        ),
        TableDefinition(
            "v_music_on_hold",
            key: "music_on_hold_uuid",
            uuids: "domain_uuid",
            texts: """
                music_on_hold_name music_on_hold_path music_on_hold_shuffle music_on_hold_timer_name \
                music_on_hold_chime_list
                """,
            numbers: """
                music_on_hold_rate music_on_hold_channels music_on_hold_interval music_on_hold_chime_freq \
                music_on_hold_chime_max
                """
        ),
        TableDefinition(
            "v_number_translations",
            key: "number_translation_uuid",
            texts: "number_translation_name number_translation_description",
            booleans: "number_translation_enabled"
        ),
        TableDefinition(
            "v_number_translation_details",
            key: "number_translation_detail_uuid",
            uuids: "number_translation_uuid",
            texts: """
                number_translation_detail_regex number_translation_detail_replace \
                number_translation_detail_order
                """,
            indexes: ["number_translation_uuid"]
        ),
        TableDefinition(
            "v_phrases",
            key: "phrase_uuid",
            uuids: "domain_uuid",
            texts: "phrase_name phrase_language phrase_description",
            booleans: "phrase_enabled"
        ),
        TableDefinition(
            "v_phrase_details",
            key: "phrase_detail_uuid",
            uuids: "phrase_uuid domain_uuid",
            texts: """
                phrase_detail_tag phrase_detail_pattern phrase_detail_function phrase_detail_data \
                phrase_detail_method phrase_detail_type phrase_detail_order
                """,
            numbers: "phrase_detail_group",
            indexes: ["phrase_uuid"]
        ),
    ]
}
