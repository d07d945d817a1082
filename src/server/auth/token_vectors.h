#pragma once

// Keys and tokens made with Node.js's crypto module, which shares no code with us. Payload:
// {"sub":"alice","name":"Alice","role":"admin","exp":1700003600}. The private keys are gone.
namespace kcs::auth::vectors {

constexpr char kRsaPublic[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAn9h73Lopfqi91KgTKCDo\n"
    "UXd2+tWyfJuoiVOl8uxxuOzqeUhobJq41899ZELeQghqA/w6Gcph/rvNVBDtfHY9\n"
    "s2lKOctOC5hgyIGTnw+hQgZXlRH1SdF+2v/f+ehehKdBTS55mUm1ouA0yAHjODyT\n"
    "KvjcIMF/mAEx8Qo9Gwaef/BktboN0ICTLu4vAaD7afXSStvq5/uePq/fVAlJDA4G\n"
    "Q+1zPRnXZbX8mcWQ7l8BM0ZSvswt2dDr/eO80ryGohsw16f0yVxuDiOQF+CU5/ED\n"
    "eTZWBWTwRJOkoz7BwAhjUlRzAtcNVxPoIvHd4f3e4eXFbsyZQoTBMuYHUNv0dzqg\n"
    "gQIDAQAB\n"
    "-----END PUBLIC KEY-----\n";
constexpr char kEcPublic[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMRQU9GOAMFHMg4tuK/QUKYDdp9Rd\n"
    "bv7qIOz37HO7ADxzORSPMAzHpMFmiNAlUrI9ZRbKI5O8JhnsNoS95qel2g==\n"
    "-----END PUBLIC KEY-----\n";
constexpr char kWeakRsaPublic[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQD85BcuAfO1nIZUNH5F80cXEuWv\n"
    "ywaDB8fysCzs4NY7PXRvgi755n7+5YUzJez/Hp4VB99ZPGoPoALiEogKxRZlvGpH\n"
    "8zEbutQ6Xs1IQr6EaFJMvlUn2EeJn6aITl8QkVZETdoQkGXt7k/Tr3Wx26P1TtoP\n"
    "nh/0d5uqvzONFEG6ZQIDAQAB\n"
    "-----END PUBLIC KEY-----\n";
constexpr char kP384Public[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEyQdZaM8c6YL3f0ZCyGDvbMU+cEYUEobS\n"
    "DjhsuT7zjkqZ8fpgiGf5aY6nbCOHdlAoeivGBWKJgV/f69grE0Mt7p3I0FGzd7qy\n"
    "DAtwM37wgxdtGzQlSBiaFTwHSQZH8k9z\n"
    "-----END PUBLIC KEY-----\n";
constexpr char kRs256Token[] =
    "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6InJzYS0xIn0.eyJzdWIiOiJhbGljZSIsIm5hbWUiOiJBbGljZSI"
    "sInJvbGUiOiJhZG1pbiIsImV4cCI6MTcwMDAwMzYwMH0.gFDWiUjEcvUhwBIk29qNWP11PHLUwUJ5oiVI4wNahEsB0nDt-z"
    "ukD7q11yPRft1eiwDwjnqpNv6qKbk38kZOiFaFYaVMXJU9rSrodCAS9hyD38VjrorMmKj4HWW-SQh24xI5BJmM-bSIGgq6d"
    "ggSl9HMOZmJBtdCxYOhGfAB1KwMkPUowvZoFN6hYTjizJIg3c5EVMKH6vWmkSnH2uKEqgMaaQxb81R67TQrkFfJnLvulQS3"
    "CUrfn9cx97xdOFDy_5Jipo8hInpUtMncZRym3VZL8RjWeh1NlT3wNi4cF492UUtCzZ7wuPxaaNgNpy1R7ieZhBw2ybTeZuq"
    "VzIT6eA";
constexpr char kEs256Token[] =
    "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImVjLTEifQ.eyJzdWIiOiJhbGljZSIsIm5hbWUiOiJBbGljZSIs"
    "InJvbGUiOiJhZG1pbiIsImV4cCI6MTcwMDAwMzYwMH0.smPOz_ddWkDVunShDg2qoGVZvLYIg_C4mGDYpTl2z7oJxyIzlht"
    "CKnzfPy4iY9FlWr2nX4h6yx-06huXZJl3oQ";
constexpr char kHs256Token[] =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhbGljZSIsIm5hbWUiOiJBbGljZSIsInJvbGUiOiJhZG1pbi"
    "IsImV4cCI6MTcwMDAwMzYwMH0.nenLG9zF9Yj5M_vPFa-lwTtgqx0bkHuf9hIbHnOVPFg";
// Signed with HMAC and the text of kRsaPublic as the secret.
constexpr char kConfusedToken[] =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhbGljZSIsIm5hbWUiOiJBbGljZSIsInJvbGUiOiJhZG1pbi"
    "IsImV4cCI6MTcwMDAwMzYwMH0.Wvi3Hu7HKLD325MeHwxWLuKVzLd0ky3Lz_6xYwavquM";
constexpr char kHs512Token[] =
    "eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhbGljZSIsIm5hbWUiOiJBbGljZSIsInJvbGUiOiJhZG1pbi"
    "IsImV4cCI6MTcwMDAwMzYwMH0.FFUMThgHUM5jzl3GolJ-nsUpDWbGs9_7UQ2-Qt-nJQxaei4qXrm2D5V6jUWf5xVQ-Aagl"
    "cozDs__jbTBkyeKMA";
constexpr char kNoneToken[] =
    "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSIsIm5hbWUiOiJBbGljZSIsInJvbGUiOiJhZG1pbiIsImV4cCI6MTcwMDA"
    "wMzYwMH0.eA";
constexpr char kCritToken[] =
    "eyJhbGciOiJIUzI1NiIsImNyaXQiOlsiZXhwIl19.eyJzdWIiOiJhbGljZSIsIm5hbWUiOiJBbGljZSIsInJvbGUiOiJhZG"
    "1pbiIsImV4cCI6MTcwMDAwMzYwMH0.m19L9xB3ku2YKC25ckSTCaqc1pKP6OiGG8m-viPa27E";
constexpr char kJwks[] =
    "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"n9h73Lopfqi91KgTKCDoUXd2-tWyfJuoiVOl8uxxuOzqeUhobJq41899ZELeQghqA_w6"
    "Gcph_rvNVBDtfHY9s2lKOctOC5hgyIGTnw-hQgZXlRH1SdF-2v_f-ehehKdBTS55mUm1ouA0yAHjODyTKvjcIMF_mAEx8Qo"
    "9Gwaef_BktboN0ICTLu4vAaD7afXSStvq5_uePq_fVAlJDA4GQ-1zPRnXZbX8mcWQ7l8BM0ZSvswt2dDr_eO80ryGohsw16"
    "f0yVxuDiOQF-CU5_EDeTZWBWTwRJOkoz7BwAhjUlRzAtcNVxPoIvHd4f3e4eXFbsyZQoTBMuYHUNv0dzqggQ\",\"e\":\"AQAB"
    "\",\"kid\":\"rsa-1\",\"use\":\"sig\",\"alg\":\"RS256\"},{\"kty\":\"EC\",\"x\":\"MRQU9GOAMFHMg4tuK_"
    "QUKYDdp9Rdbv7qIOz"
    "37HO7ADw\",\"y\":\"czkUjzAMx6TBZojQJVKyPWUWyiOTvCYZ7DaEveanpdo\",\"crv\":\"P-256\",\"kid\":\"ec-1\"},{"
    "\"kty\":"
    "\"oct\",\"k\":\"AAAA\",\"kid\":\"oct-1\"},{\"kty\":\"EC\",\"x\":\"yQdZaM8c6YL3f0ZCyGDvbMU-"
    "cEYUEobSDjhsuT7zjkqZ8f"
    "pgiGf5aY6nbCOHdlAo\",\"y\":\"eivGBWKJgV_f69grE0Mt7p3I0FGzd7qyDAtwM37wgxdtGzQlSBiaFTwHSQZH8k9z\",\"crv"
    "\":\"P-384\",\"kid\":\"p384\"}]}";
constexpr char kOneKeyJwks[] =
    "{\"keys\":[{\"kty\":\"EC\",\"x\":\"MRQU9GOAMFHMg4tuK_QUKYDdp9Rdbv7qIOz37HO7ADw\",\"y\":"
    "\"czkUjzAMx6TBZojQJVK"
    "yPWUWyiOTvCYZ7DaEveanpdo\",\"crv\":\"P-256\",\"kid\":\"ec-1\"}]}";

}  // namespace kcs::auth::vectors
