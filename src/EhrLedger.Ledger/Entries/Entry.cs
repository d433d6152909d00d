using System.Security.Cryptography;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Cose;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.Ledger.Entries;

/// <summary>A signed statement on the ledger, read but not verified: docs/formats.md, entry.</summary>
public sealed class Entry
{
    /// <summary>Most bytes of an entry, signature included.</summary>
    public const int LargestSize = 60_000;

    /// <summary>How long an entry made now is valid, where the signer says nothing else.</summary>
    public static readonly TimeSpan UsualValidity = TimeSpan.FromMinutes(9);

    private readonly SignedMessage _message;

    private Entry(SignedMessage message, EntryType type, Topic topic, ReadOnlyMemory<byte> nonce, ulong validUntil, ReadOnlyMemory<byte> body)
    {
        _message = message;
        Type = type;
        Topic = topic;
        Nonce = nonce;
        ValidUntil = validUntil;
        Body = body;
    }

    /// <summary>What it says.</summary>
    public EntryType Type { get; }

    /// <summary>What it is about.</summary>
    public Topic Topic { get; }

    /// <summary>16 random bytes of the signer.</summary>
    public ReadOnlyMemory<byte> Nonce { get; }

    /// <summary>Unix seconds after which it may no longer be logged.</summary>
    public ulong ValidUntil { get; }

    /// <summary>One CBOR item, whose shape the type decides; not checked yet.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>The COSE bytes.</summary>
    public ReadOnlyMemory<byte> SignedBytes => _message.Bytes;

    /// <summary>SHA-256 of <see cref="SignedBytes"/>: the entry's name.</summary>
    public Digest Digest => _message.Digest;

    /// <summary>Signs a statement.</summary>
    /// <param name="type">What it says.</param>
    /// <param name="topic">What it is about.</param>
    /// <param name="body">One deterministic CBOR item.</param>
    /// <param name="validUntil">At most ten minutes ahead.</param>
    /// <param name="key">The key that the type's contract asks for.</param>
    /// <param name="genesis">Digest of the consortium's genesis.</param>
    /// <param name="nonce">16 bytes, random; null makes them. A signer that seals something under the nonce needs it beforehand.</param>
    /// <exception cref="ArgumentException">Too large, or the body is not deterministic CBOR.</exception>
    public static Entry Sign(
        EntryType type, Topic topic, ReadOnlySpan<byte> body, DateTimeOffset validUntil, Ed25519PrivateKey key, Digest genesis, byte[]? nonce = null)
    {
        var seconds = (ulong)validUntil.ToUnixTimeSeconds();
        var payload = new DeterministicCborWriter(body.Length + 96)
            .WriteArray(5)
            .WriteUInt(type.Number)
            .WriteBytes(topic.ToArray())
            .WriteBytes(nonce ?? RandomNumberGenerator.GetBytes(16))
            .WriteUInt(seconds)
            .WriteItem(body)
            .ToArray();
        return TryParse(CoseSign1.Sign(SignedAs.LedgerEntry, payload, key, genesis))
            ?? throw new ArgumentException("An entry has at most 60,000 bytes, a nonce of 16, and a deterministic body.", nameof(body));
    }

    /// <summary>Reads an entry. Null unless the bytes are one, in its only encoding and of at most <see cref="LargestSize"/>.</summary>
    public static Entry? TryParse(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length > LargestSize || CoseSign1.TryParse(bytes) is not { Purpose: SignedAs.LedgerEntry } message)
        {
            return null;
        }

        return CborReading.TryRead(message.Payload, reader =>
        {
            reader.ReadStartArray(5);
            var type = new EntryType(reader.ReadUInt32());
            var topic = reader.Require(Topic.TryFromBytes(reader.ReadBytes(Topic.Length).Span));
            var nonce = reader.ReadBytes(16);
            var validUntil = reader.ReadUInt();
            var body = reader.ReadItem();
            reader.ReadEndArray();
            return new Entry(message, type, topic, nonce, validUntil, body);
        });
    }

    /// <summary>Whether this key has signed it for this consortium.</summary>
    public bool VerifiesUnder(Ed25519PublicKey key, Digest genesis) => _message.Verifies(key, SignedAs.LedgerEntry, genesis);
}
