/// Certificates for tests, which nobody else trusts, and their keys (PEM).
///
/// An authority has signed all others. They are valid from 2020 to 2120.
public struct TestCertificate: Sendable {
    /// The certificate.
    public let certificate: String
    /// Its private key.
    public let key: String

    /// The certificate of the authority.
    public static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBSDCB76ADAgECAhQE/m1plU9axqZNb+/HNq68IyNopDAKBggqhkjOPQQDAjAZ
        MRcwFQYDVQQDDA5UZXN0IEF1dGhvcml0eTAgFw0yMDAxMDEwMDAwMDBaGA8yMTIw
        MDEwMTAwMDAwMFowGTEXMBUGA1UEAwwOVGVzdCBBdXRob3JpdHkwWTATBgcqhkjO
        PQIBBggqhkjOPQMBBwNCAASIJUOj4nJh/05+fMTSS0SpiSWZOmfkw0CZWEqOqWd0
        sBq8DzWzEcBbwPEWgwbS7o521M7MStNWpoOLMkNF7segoxMwETAPBgNVHRMBAf8E
        BTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIEgiuRCQuipjYFzI34zTvRzhSBGM/WAr
        iNJYh46MOBt+AiEAzuo+KBg0oj7laMNyalXse7I21LOOUH8hhxb22IPKBJk=
        -----END CERTIFICATE-----
        """

    /// A server's that can be reached as `localhost` and 127.0.0.1.
    public static let here = TestCertificate(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBbDCCAROgAwIBAgIUM7iyR1OBYFJxFdSOmgVva3LelhgwCgYIKoZIzj0EAwIw
            GTEXMBUGA1UEAwwOVGVzdCBBdXRob3JpdHkwIBcNMjAwMTAxMDAwMDAwWhgPMjEy
            MDAxMDEwMDAwMDBaMA8xDTALBgNVBAMMBGhlcmUwWTATBgcqhkjOPQIBBggqhkjO
            PQMBBwNCAARKHby/uRoWJDFAuF8MIcURRcWIyc/+4ifX/nSVUXoI97pYSr9CuEFl
            rgmmOZcrjGg+eiRgf+HcaVMIpZuyWVw7o0EwPzAMBgNVHRMBAf8EAjAAMBoGA1Ud
            EQQTMBGCCWxvY2FsaG9zdIcEfwAAATATBgNVHSUEDDAKBggrBgEFBQcDATAKBggq
            hkjOPQQDAgNHADBEAiBLrMNGU68zRSLwIASm2fxqrHYlXb0ZNTn4MERdn/pTYgIg
            OhjzKBqVVgDSpmHdHuorT0mWT8BK4ucSdIV+AUciYJw=
            -----END CERTIFICATE-----
            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgoMODRgOv8Y09/acY
            YXSFWaGAGOoT0dR1Ja6vS8pf2oyhRANCAARKHby/uRoWJDFAuF8MIcURRcWIyc/+
            4ifX/nSVUXoI97pYSr9CuEFlrgmmOZcrjGg+eiRgf+HcaVMIpZuyWVw7
            -----END PRIVATE KEY-----
            """
    )

    /// Another server's, `elsewhere.example`.
    public static let elsewhere = TestCertificate(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBdDCCARqgAwIBAgIUce8goNW7nFQD3TTFNweMQlzl6ngwCgYIKoZIzj0EAwIw
            GTEXMBUGA1UEAwwOVGVzdCBBdXRob3JpdHkwIBcNMjAwMTAxMDAwMDAwWhgPMjEy
            MDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMMCWVsc2V3aGVyZTBZMBMGByqGSM49AgEG
            CCqGSM49AwEHA0IABOMMek4YSob1o7zt3JAK9Q0bLKLEtQy4weDq5V3SjLKUTUTY
            NmN7mUqRiMDLdWg0c/j1ybkQaUePFCF3FIM6ORKjQzBBMAwGA1UdEwEB/wQCMAAw
            HAYDVR0RBBUwE4IRZWxzZXdoZXJlLmV4YW1wbGUwEwYDVR0lBAwwCgYIKwYBBQUH
            AwEwCgYIKoZIzj0EAwIDSAAwRQIhAIWlzANWi3phXdyZ4Ha1fMmCf86mzitP3VIT
            l1Q6bKsgAiAQ5/upI1b5ey8/ERSh2rNQe3mJQvClsgr7TyQR3oGiTw==
            -----END CERTIFICATE-----
            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgKoJ7mVfJK84aCgtA
            z/gZCS9QBC980VsntcOqVG8lPpOhRANCAATjDHpOGEqG9aO87dyQCvUNGyyixLUM
            uMHg6uVd0oyylE1E2DZje5lKkYjAy3VoNHP49cm5EGlHjxQhdxSDOjkS
            -----END PRIVATE KEY-----
            """
    )

    /// A client's.
    public static let client = TestCertificate(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBbTCCARSgAwIBAgIUbJq8VY+dRuT5sJiNHwSWYXqHOv8wCgYIKoZIzj0EAwIw
            GTEXMBUGA1UEAwwOVGVzdCBBdXRob3JpdHkwIBcNMjAwMTAxMDAwMDAwWhgPMjEy
            MDAxMDEwMDAwMDBaMBExDzANBgNVBAMMBmNsaWVudDBZMBMGByqGSM49AgEGCCqG
            SM49AwEHA0IABFfq2f+mHZW6xMFN7/DAANhxgabxO8PFW/ePUnuhB7LxhV7CU2oz
            edb8wsj+7Uo+Db3i39rfRitwUE3OeKUxnA6jQDA+MAwGA1UdEwEB/wQCMAAwGQYD
            VR0RBBIwEIIOY2xpZW50LmV4YW1wbGUwEwYDVR0lBAwwCgYIKwYBBQUHAwIwCgYI
            KoZIzj0EAwIDRwAwRAIgH8Py9cW6QV74YfwN/GzVWJI4YrQXQb7ZX4OflweVOxUC
            IFZgF056q8cDQG/Hb/bQ14n/4cAvr66UNYxs/YjWFF/Q
            -----END CERTIFICATE-----
            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgZsiT/0Pj9iWPUMFY
            ciNYuQQDnyVb2QSSd+NPmj0SzcGhRANCAARX6tn/ph2VusTBTe/wwADYcYGm8TvD
            xVv3j1J7oQey8YVewlNqM3nW/MLI/u1KPg294t/a30YrcFBNznilMZwO
            -----END PRIVATE KEY-----
            """
    )

    /// The client's key, encrypted with the password `secret`.
    public static let encryptedClientKey = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAh2ovczk05EmQICCAAw
        DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEEbCo2zeUGd7KkEPBoKY99kEgZBZ
        xS/Xg0eLT/5IaW8LRhyizhsnlJYFhG0t4Q8dwvFQDsMluuo1fq+VEVgZkTuaG3La
        QFDCrfCI4os9NuKqhRsYz0lsahF/DKgxKebZmzigTcd/EsoVcA9ONIBvwaHB/qcs
        7buSRqL2U4oW3zIeYFGI28Zs7WZRKhZKPdAju6vUnygPXNOtcYmBvTwt5Wj3o8s=
        -----END ENCRYPTED PRIVATE KEY-----
        """
}
