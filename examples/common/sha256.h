/* SHA-256 (FIPS 180-4), for what comes piece by piece. */
#ifndef EXAMPLES_SHA256_H
#define EXAMPLES_SHA256_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { SHA256_SIZE = 32, SHA256_BLOCK = 64 };

typedef struct SHA256 {
    uint32_t state[8];
    uint64_t length; /* bytes so far */
    unsigned char block[SHA256_BLOCK];
} SHA256;

static inline uint32_t sha256_rotate(uint32_t word, int bits) {
    return word >> bits | word << (32 - bits);
}

static inline void sha256_transform(uint32_t state[8], const unsigned char* block) {
    /* The fractional parts of the cube roots of the first 64 primes. */
    static const uint32_t K[64] = {
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
        0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
        0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
        0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
        0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
        0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
        0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
        0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
        0xc67178f2};
    uint32_t schedule[64];
    uint32_t working[8];
    for (int i = 0; i < 16; ++i, block += 4) {
        schedule[i] = (uint32_t)block[0] << 24 | (uint32_t)block[1] << 16 |
                      (uint32_t)block[2] << 8 | (uint32_t)block[3];
    }
    for (int i = 16; i < 64; ++i) {
        const uint32_t early = schedule[i - 15], late = schedule[i - 2];
        schedule[i] = schedule[i - 16] + schedule[i - 7] +
                      (sha256_rotate(early, 7) ^ sha256_rotate(early, 18) ^ early >> 3) +
                      (sha256_rotate(late, 17) ^ sha256_rotate(late, 19) ^ late >> 10);
    }
    memcpy(working, state, sizeof working);
    for (int i = 0; i < 64; ++i) {
        const uint32_t a = working[0], b = working[1], c = working[2];
        const uint32_t e = working[4], f = working[5], g = working[6];
        const uint32_t first = working[7] +
                               (sha256_rotate(e, 6) ^ sha256_rotate(e, 11) ^ sha256_rotate(e, 25)) +
                               ((e & f) ^ (~e & g)) + K[i] + schedule[i];
        const uint32_t second =
            (sha256_rotate(a, 2) ^ sha256_rotate(a, 13) ^ sha256_rotate(a, 22)) +
            ((a & b) ^ (a & c) ^ (b & c));
        memmove(working + 1, working, 7 * sizeof *working);
        working[4] += first;
        working[0] = first + second;
    }
    for (int i = 0; i < 8; ++i) state[i] += working[i];
}

static inline void sha256_init(SHA256* hash) {
    /* The fractional parts of the square roots of the first 8 primes. */
    static const uint32_t INITIAL[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memcpy(hash->state, INITIAL, sizeof INITIAL);
    hash->length = 0;
}

static inline void sha256_update(SHA256* hash, const void* data, size_t size) {
    const unsigned char* next = (const unsigned char*)data;
    while (size > 0) {
        const size_t used = (size_t)(hash->length % SHA256_BLOCK);
        size_t taken = SHA256_BLOCK - used;
        if (taken > size) taken = size;
        memcpy(hash->block + used, next, taken);
        hash->length += taken;
        next += taken;
        size -= taken;
        if (used + taken == SHA256_BLOCK) sha256_transform(hash->state, hash->block);
    }
}

/* Ends it; call sha256_init to begin again. */
static inline void sha256_final(SHA256* hash, unsigned char digest[SHA256_SIZE]) {
    static const unsigned char PADDING[SHA256_BLOCK] = {0x80};
    const uint64_t bits = hash->length * 8;
    unsigned char length[8];
    size_t used = (size_t)(hash->length % SHA256_BLOCK);
    for (int i = 0; i < 8; ++i) length[i] = (unsigned char)(bits >> (56 - 8 * i));
    sha256_update(hash, PADDING, (used < 56 ? 56 : 56 + SHA256_BLOCK) - used);
    sha256_update(hash, length, sizeof length);
    for (int i = 0; i < SHA256_SIZE; ++i) {
        digest[i] = (unsigned char)(hash->state[i / 4] >> (24 - 8 * (i % 4)));
    }
}

#endif
