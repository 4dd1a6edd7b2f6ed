/// Names that FreeSWITCH knows, so that "not in this version" can be told from "unknown".
enum FreeSWITCHNames {
    /// The modules.
    static let modules = [
        "mod_abstraction", "mod_alsa", "mod_amqp", "mod_amr", "mod_amrwb", "mod_av", "mod_avmd", "mod_b64", "mod_basic",
        "mod_bert", "mod_blacklist", "mod_bv", "mod_callcenter", "mod_cdr_csv", "mod_cdr_mongodb", "mod_cdr_pg_csv",
        "mod_cdr_sqlite", "mod_celt", "mod_cepstral", "mod_cidlookup", "mod_cluechoo", "mod_codec2", "mod_com_g729",
        "mod_commands", "mod_conference", "mod_console", "mod_curl", "mod_cv", "mod_dahdi_codec", "mod_db",
        "mod_dialplan_asterisk", "mod_dialplan_directory", "mod_dialplan_xml", "mod_dingaling", "mod_dir",
        "mod_directory", "mod_distributor", "mod_dptools", "mod_easyroute", "mod_enum", "mod_erlang_event", "mod_esf",
        "mod_event_multicast", "mod_event_socket", "mod_event_test", "mod_event_zmq", "mod_expr", "mod_fail2ban",
        "mod_fifo", "mod_flite", "mod_format_cdr", "mod_freetdm", "mod_fsk", "mod_fsv", "mod_g723_1", "mod_g729",
        "mod_graylog2", "mod_gsmopen", "mod_h26x", "mod_h323", "mod_hash", "mod_hiredis", "mod_httapi",
        "mod_http_cache", "mod_hv", "mod_ilbc", "mod_imagick", "mod_isac", "mod_java", "mod_json_cdr", "mod_kazoo",
        "mod_khomp", "mod_ladspa", "mod_lcr", "mod_ldap", "mod_limit", "mod_local_stream", "mod_logfile",
        "mod_loopback", "mod_lua", "mod_managed", "mod_mariadb", "mod_memcache", "mod_mongo", "mod_mp4", "mod_mp4v",
        "mod_mp4v2", "mod_native_file", "mod_nibblebill", "mod_odbc_cdr", "mod_opal", "mod_openh264", "mod_opus",
        "mod_opusfile", "mod_oreka", "mod_osp", "mod_perl", "mod_pgsql", "mod_png", "mod_pocketsphinx", "mod_portaudio",
        "mod_posix_timer", "mod_prefix", "mod_python", "mod_python3", "mod_rad_auth", "mod_radius_cdr", "mod_random",
        "mod_raven", "mod_rayo", "mod_redis", "mod_reference", "mod_rtc", "mod_rtmp", "mod_sangoma_codec", "mod_say_de",
        "mod_say_en", "mod_say_es", "mod_say_es_ar", "mod_say_fa", "mod_say_fr", "mod_say_he", "mod_say_hr",
        "mod_say_hu", "mod_say_it", "mod_say_ja", "mod_say_nl", "mod_say_pl", "mod_say_pt", "mod_say_ru", "mod_say_sv",
        "mod_say_th", "mod_say_zh", "mod_shell_stream", "mod_shout", "mod_signalwire", "mod_silk", "mod_siren",
        "mod_skel", "mod_skinny", "mod_skypopen", "mod_smpp", "mod_sms", "mod_sms_flowroute", "mod_snapshot",
        "mod_sndfile", "mod_snmp", "mod_sofia", "mod_sonar", "mod_soundtouch", "mod_spandsp", "mod_speex",
        "mod_spidermonkey", "mod_spy", "mod_ssml", "mod_syslog", "mod_test", "mod_theora", "mod_timerfd",
        "mod_tone_stream", "mod_translate", "mod_tts_commandline", "mod_unicall", "mod_unimrcp", "mod_v8",
        "mod_valet_parking", "mod_verto", "mod_video_filter", "mod_vlc", "mod_vmd", "mod_voicemail",
        "mod_voicemail_ivr", "mod_voipcodecs", "mod_vp8", "mod_woomera", "mod_xml_cdr", "mod_xml_curl", "mod_xml_ldap",
        "mod_xml_radius", "mod_xml_rpc", "mod_xml_scgi", "mod_yaml", "mod_yuv", "mod_zeroconf",
    ]

    /// The dialplan applications.
    static let applications = [
        "acknowledge_call", "answer", "att_xfer", "avmd", "avmd_start", "avmd_stop", "AvoidingDeadlock", "basic",
        "bert_test", "bgsystem", "bind_digit_action", "bind_meta_app", "blind_transfer_ack", "block_dtmf", "break",
        "bridge", "bridge_export", "broadcast", "callcenter", "callcenter_track", "capture", "capture_text",
        "capture_video", "check_acl", "chromakey", "cidlookup", "clear_digit_action", "clear_speech_cache", "cluechoo",
        "cng_plc", "conference", "conference_set_auto_outcall", "curl", "curl_sendfile", "cv", "cv_bug", "db",
        "debug_media", "decode_video", "deduplicate_dtmf", "deflect", "delay_echo", "detect_audio", "detect_silence",
        "detect_speech", "Dial", "digit_action_set_realm", "directory", "displace_session", "distributor",
        "early_hangup", "easyroute", "eavesdrop", "echo", "enable_heartbeat", "enable_keepalive", "endless_playback",
        "enum", "erlang", "erlang_sendmsg", "esf_page_group", "eval", "event", "execute_extension", "export",
        "fax_detect", "fifo", "fifo_track_call", "filter_codecs", "flush_dtmf", "fsk_display", "fsk_recv", "fsk_send",
        "fsk_simplify", "gentones", "Goto", "group", "hangup", "hash", "hiredis_raw", "hold", "httapi", "info",
        "intercept", "ivr", "java", "javascript", "jitterbuffer", "lcr", "limit", "limit_execute", "limit_hash",
        "limit_hash_execute", "log", "loop_playback", "lua", "managed", "media_reset", "mkdir", "msrp_recv_file",
        "msrp_send_file", "multiset", "multiunset", "mutex", "native_eavesdrop", "nibblebill", "novideo", "osplookup",
        "ospnext", "page", "park", "park_state", "perl", "phrase", "pickup", "play_and_detect_speech",
        "play_and_get_digits", "play_fsv", "play_video", "play_yuv", "playback", "pre_answer", "preprocess", "presence",
        "privacy", "push", "python", "queue_dtmf", "read", "record", "record_fsv", "record_session",
        "record_session_mask", "record_session_pause", "record_session_resume", "record_session_unmask",
        "recovery_refresh", "redirect", "remove_bugs", "rename", "respond", "reuse_caller_profile", "ring_ready",
        "rxfax", "say", "sched_broadcast", "sched_cancel", "sched_hangup", "sched_heartbeat", "sched_transfer",
        "send_display", "send_dtmf", "send_info", "session_loglevel", "set", "set_audio_level", "set_global",
        "set_media_stats", "set_mute", "set_name", "set_profile_var", "set_user", "set_zombie_exec", "skinny-drop",
        "skinny-process", "skinny-route", "skinny-wait", "sleep", "smpp_send", "snapshot", "socket", "sofia_sla",
        "sofia_stir_shaken_vs", "soft_hold", "sound_test", "spandsp_detect_tdd", "spandsp_inject_tdd",
        "spandsp_send_tdd", "spandsp_start_dtmf", "spandsp_start_fax_detect", "spandsp_start_tone_detect",
        "spandsp_stop_detect_tdd", "spandsp_stop_dtmf", "spandsp_stop_fax_detect", "spandsp_stop_inject_tdd",
        "spandsp_stop_tone_detect", "speak", "start_dtmf", "start_dtmf_generate", "stop", "stop_displace_session",
        "stop_dtmf", "stop_dtmf_generate", "stop_record_session", "stop_tone_detect", "stop_video_write_overlay",
        "stopfax", "strftime", "system", "t38_gateway", "three_way", "tone_detect", "transfer", "transfer_vars",
        "translate", "txfax", "unbind_meta_app", "unblock_dtmf", "unhold", "unloop", "unset", "unshift", "userspy",
        "vad_test", "valet_park", "verbose_events", "video_decode", "video_refresh", "video_replace",
        "video_write_overlay", "vmd", "voicemail", "voicemail_ivr", "wait_for_answer", "wait_for_silence",
        "wait_for_video_ready",
    ]

    /// The API commands.
    static let commands = [
        "acl", "alias", "alsa", "amqp", "amr_debug", "amrwb_debug", "av", "avmd", "banner", "basic", "bg_spawn",
        "bg_system", "bgapi", "blacklist", "break", "callcenter_break", "callcenter_config", "cdr_csv", "chat",
        "chromakey", "cidlookup", "cluechoo", "coalesce", "complete", "cond", "conference", "console",
        "console_complete", "console_complete_xml", "create_uuid", "curl", "curl_sendfile", "cv_bug", "db", "db_cache",
        "distributor", "distributor_ctl", "domain_data", "domain_exists", "easyroute", "echo", "enum", "enum_auto",
        "erlang", "escape", "eval", "event_channel_broadcast", "event_sink", "expand", "expr", "fifo",
        "fifo_add_outbound", "fifo_check_bridge", "fifo_member", "file_exists", "find_user_xml", "fsctl", "getcputime",
        "getenv", "gethost", "global_getvar", "global_setvar", "group", "group_call", "hash", "hash_dump",
        "hash_remote", "help", "hiredis_raw", "host_lookup", "hostname", "httapi", "http_clear_cache", "http_get",
        "http_prefetch", "http_put", "http_remove_cache", "http_tryget", "hupall", "in_group",
        "interface_allowlist_dump", "interface_ip", "is_lan_addr", "jsapi", "jskill", "jsmon", "json", "jsps", "jsrun",
        "lcr", "lcr_admin", "limit_hash_usage", "limit_interval_reset", "limit_reset", "limit_status", "limit_usage",
        "list_users", "load", "local_stream", "log", "lua", "luarun", "managed", "managedlist", "managedreload",
        "managedrun", "md5", "memcache", "memory", "module_exists", "mongo_find_n", "mongo_find_one", "mongo_mapreduce",
        "msleep", "msrp", "multicast_peers", "nat_map", "nibblebill", "opus_debug", "opusfile_debug", "originate",
        "osp", "page", "pause", "perl", "perlrun", "pool_stats", "prefix", "presence", "pyrun", "python",
        "quote_shell_arg", "reg_url", "regex", "reload", "reloadacl", "reloadcert", "reloadxml", "replace", "rtmp",
        "rtmp_contact", "rtp_test", "say_string", "sched_api", "sched_broadcast", "sched_del", "sched_hangup",
        "sched_transfer", "show", "shutdown", "signalwire", "single_esl", "skel", "skel_sayhi", "skinny", "smpp_debug",
        "smpp_send", "sndfile_debug", "sofia", "sofia_contact", "sofia_count_reg", "sofia_dig", "sofia_gateway_data",
        "sofia_presence_data", "sofia_username_of", "spandsp_start_tone_detect", "spandsp_stop_tone_detect", "spawn",
        "spawn_stream", "sql_escape", "start_tdd_detect", "status", "stop_tdd_detect", "strepoch", "strftime",
        "strftime_tz", "strmicroepoch", "stun", "switchname", "system", "telecast", "time_test", "timer_test",
        "tolower", "tone_detect", "toupper", "translate", "unload", "unsched_api", "uptime", "url_decode", "url_encode",
        "user_data", "user_exists", "userspy_show", "uuid_answer", "uuid_audio", "uuid_break", "uuid_bridge",
        "uuid_broadcast", "uuid_buglist", "uuid_capture_text", "uuid_chat", "uuid_codec_debug", "uuid_codec_param",
        "uuid_debug_media", "uuid_deflect", "uuid_displace", "uuid_display", "uuid_drop_dtmf", "uuid_dual_transfer",
        "uuid_dump", "uuid_early_ok", "uuid_exists", "uuid_fileman", "uuid_flush_dtmf", "uuid_getvar", "uuid_hold",
        "uuid_jitterbuffer", "uuid_kill", "uuid_limit", "uuid_limit_release", "uuid_loglevel", "uuid_media",
        "uuid_media_3p", "uuid_media_params", "uuid_media_reneg", "uuid_msrp_send", "uuid_outgoing_answer", "uuid_park",
        "uuid_pause", "uuid_phone_event", "uuid_pre_answer", "uuid_preprocess", "uuid_record", "uuid_recovery_refresh",
        "uuid_recv_dtmf", "uuid_redirect", "uuid_ring_ready", "uuid_send_dtmf", "uuid_send_info", "uuid_send_message",
        "uuid_send_tdd", "uuid_send_text", "uuid_session_heartbeat", "uuid_set_media_stats", "uuid_setvar",
        "uuid_setvar_multi", "uuid_simplify", "uuid_snapshot", "uuid_transfer", "uuid_video_bandwidth",
        "uuid_video_bitrate", "uuid_video_refresh", "uuid_video_replace", "uuid_write_png", "uuid_xfer_zombie",
        "uuid_zombie_exec", "valet_info", "version", "verto", "verto_contact", "vm_boxcount", "vm_delete",
        "vm_fsdb_auth_login", "vm_fsdb_msg_count", "vm_fsdb_msg_delete", "vm_fsdb_msg_email", "vm_fsdb_msg_forward",
        "vm_fsdb_msg_get", "vm_fsdb_msg_list", "vm_fsdb_msg_purge", "vm_fsdb_msg_save", "vm_fsdb_msg_undelete",
        "vm_fsdb_pref_greeting_get", "vm_fsdb_pref_greeting_set", "vm_fsdb_pref_password_set",
        "vm_fsdb_pref_recname_set", "vm_inject", "vm_list", "vm_prefs", "vm_read", "vmd", "voicemail",
        "voicemail_inject", "vpx", "xml_curl", "xml_flush_cache", "xml_ldap", "xml_locate", "xml_scgi", "xml_wrap",
    ]

    /// The configurations that its modules read.
    static let configurations = [
        "acl.conf", "alsa.conf", "amqp.conf", "amr.conf", "amrwb.conf", "avcodec.conf", "avformat.conf", "avmd.conf",
        "callcenter.conf", "cdr_csv.conf", "cdr_pg_csv.conf", "cdr_sqlite.conf", "cepstral.conf", "cidlookup.conf",
        "conference.conf", "conference_layouts.conf", "console.conf", "curl.conf", "db.conf", "dialplan_directory.conf",
        "dingaling.conf", "directory.conf", "distributor.conf", "easyroute.conf", "enum.conf", "erlang_event.conf",
        "event_multicast.conf", "event_socket.conf", "fax.conf", "fifo.conf", "format_cdr.conf", "freetdm.conf",
        "graylog2.conf", "hash.conf", "hiredis.conf", "httapi.conf", "http_cache.conf", "ivr.conf", "java.conf",
        "json_cdr.conf", "kazoo.conf", "lcr.conf", "ldap.conf", "local_stream.conf", "logfile.conf", "lua.conf",
        "memcache.conf", "mod_blacklist.conf", "modules.conf", "mongo.conf", "msrp.conf", "nibblebill.conf",
        "odbc_cdr.conf", "opal.conf", "opus.conf", "osp.conf", "perl.conf", "pocketsphinx.conf", "portaudio.conf",
        "post_load_modules.conf", "post_load_switch.conf", "pre_load_modules.conf", "presence_map.conf", "python.conf",
        "redis.conf", "rtmp.conf", "shout.conf", "signalwire.conf", "skinny.conf", "smpp.conf", "sms_flowroute.conf",
        "snmp.conf", "sndfile.conf", "sofia.conf", "spandsp.conf", "spidermonkey.conf", "switch.conf", "syslog.conf",
        "timezones.conf", "translate.conf", "tts_commandline.conf", "unicall.conf", "unimrcp.conf", "v8.conf",
        "verto.conf", "voicemail.conf", "voicemail_ivr.conf", "vpx.conf", "xml_cdr.conf", "xml_curl.conf",
        "xml_ldap.conf", "xml_rpc.conf", "xml_scgi.conf", "zeroconf.conf",
    ]

    /// The endpoints of dial strings.
    static let endpoints = [
        "alsa", "dingaling", "error", "freetdm", "group", "gsmopen", "h323", "iax2", "khomp", "lcr", "loopback",
        "modem", "null", "opal", "pickup", "portaudio", "rtc", "rtmp", "rtp", "signalwire", "skinny", "skypopen",
        "sofia", "unicall", "user", "verto.rtc", "vlc", "woomera",
    ]

    /// The dialplan engines.
    static let dialplans = [
        "asterisk", "directory", "enum", "inline", "lcr", "LUA", "signalwire", "translate", "XML",
    ]

    /// The fields of the caller profile.
    static let profileFields: Set<String> = [
        "ani", "ani_numplan", "ani_ton", "aniii", "answered_time", "callee_id_name", "callee_id_number",
        "caller_id_name", "caller_id_number", "caller_numplan", "caller_ton", "chan_name", "context", "created_time",
        "destination_number", "destination_number_numplan", "destination_number_ton", "dialplan", "hungup_time",
        "network_addr", "orig_caller_id_name", "orig_caller_id_number", "privacy_hide_name", "privacy_hide_number",
        "profile_created_time", "profile_index", "progress_media_time", "progress_time", "rdnis", "rdnis_numplan",
        "rdnis_ton", "screen_bit", "source", "transfer_source", "transferred_time", "username", "uuid",
    ]

    /// The sections of a tree.
    static let sections: Set<String> = [
        "channels", "chatplan", "configuration", "dialplan", "directory", "languages", "phrases", "result",
    ]

    /// Modules that need not be here, and why.
    static let replacedModules = [
        "mod_console": "the log goes to the standard error output",
        "mod_logfile": "the log goes to the standard error output",
        "mod_posix_timer": "the media engine has a clock of its own",
        "mod_timerfd": "the media engine has a clock of its own",
    ]
}
