/**
 * Certificates for 127.0.0.1 and localhost that sign themselves, for tests. They are no secrets: whoever has this file can pretend to be a test.
 * Made with `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -addext subjectAltName=DNS:localhost,IP:127.0.0.1`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CertificateFiles } from './certificate.ts';

export interface ExampleCertificate {
  readonly cert: string;
  readonly key: string;
}

/** Puts one into a directory as the files that an operator would name. */
export function writeCertificate(directory: string, { cert, key }: ExampleCertificate): CertificateFiles {
  const files = { cert: join(directory, 'hub.crt'), key: join(directory, 'hub.key') };
  writeFileSync(files.cert, cert);
  writeFileSync(files.key, key);
  return files;
}

export const CERTIFICATE: ExampleCertificate = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBoDCCAUWgAwIBAgIUIlZiI7QSilwyHSujQYLz1nQyASUwCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLU0xNTSB0ZXN0IDEwIBcNMjYxMTI1MjEzNDAwWhgPMjEyNjEx
MDEyMTM0MDBaMBYxFDASBgNVBAMMC1NMTU0gdGVzdCAxMFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAEjHDwBhj6YUZjvMvxDKdlSLRyefsS6jF8LujCnnoeJXtbfZxa
bCOUMsa7U9H/hj0IYau0lOy28S7nZmnrRap6HaNvMG0wHQYDVR0OBBYEFPek77w4
EE+ZmFLBZY4DCLSmcsBYMB8GA1UdIwQYMBaAFPek77w4EE+ZmFLBZY4DCLSmcsBY
MBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAAATAPBgNVHRMBAf8EBTADAQH/MAoG
CCqGSM49BAMCA0kAMEYCIQDVX0cauh1+jffzY6xB5mKDVtGUSZ7WMzcWtclLiLLm
4gIhAIlCHGbz5WnMkQYJKIvALa1AHmM0dY8TlfUaWjOvWL3m
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgO7py7/BsdAuwht4B
ZM8IrvuGVCY1QPyxjTatwthyw7ShRANCAASMcPAGGPphRmO8y/EMp2VItHJ5+xLq
MXwu6MKeeh4le1t9nFpsI5QyxrtT0f+GPQhhq7SU7LbxLudmaetFqnod
-----END PRIVATE KEY-----
`,
};

export const RENEWED_CERTIFICATE: ExampleCertificate = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBnjCCAUWgAwIBAgIUZv6SgVSJ2uLGxBGKd7Vcahmmb68wCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLU0xNTSB0ZXN0IDIwIBcNMjYxMTI1MjEzNDAwWhgPMjEyNjEx
MDEyMTM0MDBaMBYxFDASBgNVBAMMC1NMTU0gdGVzdCAyMFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAEQyevAXuRKjFZDK5BeLXuQlD9sKthYdFXw0rJJ0KMRDkk0xVe
LNkEIr0Da9fBb2KdXMMEqKqNaIMULDyB/5BBqqNvMG0wHQYDVR0OBBYEFBfGqgpn
DNiyelHzCygMWJU8FW7iMB8GA1UdIwQYMBaAFBfGqgpnDNiyelHzCygMWJU8FW7i
MBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAAATAPBgNVHRMBAf8EBTADAQH/MAoG
CCqGSM49BAMCA0cAMEQCIFmUKitaylcKcbxdTIyx1WC/3Bo9BZQK+zhDdGDy4k9L
AiA0U17SFeelthvqn7wUYuaqZJ0ueFziUWggoh3M14og7A==
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgA9IuHc0YFGraISRR
3l2lSBgEAf0l6VjhFsOF1Ib4+JqhRANCAARDJ68Be5EqMVkMrkF4te5CUP2wq2Fh
0VfDSsknQoxEOSTTFV4s2QQivQNr18FvYp1cwwSoqo1ogxQsPIH/kEGq
-----END PRIVATE KEY-----
`,
};
