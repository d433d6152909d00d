using System.Security.Cryptography;
using EhrLedger.Consent.Delegations;
using EhrLedger.Consent.Erasing;
using EhrLedger.Consent.Records;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Sealing;

namespace EhrLedger.Consent.Grants;

/// <summary>
/// A subject's memo key, which the wallet derives from its seed and never gives away: it seals memos, and every grant's log key comes out of it. Zeroed on
/// Dispose.
/// </summary>
public sealed class MemoKey : IDisposable
{
    private readonly SymmetricKey _key;
    private readonly SymmetricKey _memos;

    /// <param name="key">The memo key of the key tree; this object takes it over and disposes of it.</param>
    public MemoKey(SymmetricKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        _key = key;
        _memos = key.Derive("memo");
    }

    /// <summary>The key under which a grantee seals, for the wallet, what its Search and Read entries say. The grantee gets it in the access key.</summary>
    public SymmetricKey DeriveLogKey(GrantId grant) => _key.Derive("log", grant.ToArray());

    /// <summary>Names this subject's delegation of a mandate, the same each time; nobody else sees which mandate it belongs to.</summary>
    public DelegationId DelegationOf(MandateId mandate)
    {
        using var name = _key.Derive("delegation", mandate.Key.ToArray());
        Span<byte> bytes = stackalloc byte[SymmetricKey.KeyLength];
        name.ExportTo(bytes);
        return DelegationId.FromBytes(bytes[..DelegationId.Length]);
    }

    /// <summary>The key that a delegate has in this one's place: of the memos and log keys of grants that the delegate gives. The caller disposes of it.</summary>
    public SymmetricKey DeriveDelegateKey(DelegationId delegation) => _key.Derive("delegate", delegation.ToArray());

    /// <summary>Seals a delegation's memo.</summary>
    public byte[] Seal(DelegationId delegation, DelegationMemo memo)
    {
        ArgumentNullException.ThrowIfNull(memo);
        return Seal(delegation.ToArray(), memo.Encode());
    }

    /// <summary>Null if the memo is another wallet's or delegation's, or was changed.</summary>
    public DelegationMemo? OpenDelegation(Delegated body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return OpenBytes(body.Id.ToArray(), body.Memo.Span) is { } bytes ? DelegationMemo.TryParse(bytes) : null;
    }

    /// <summary>Seals a grant's memo.</summary>
    public byte[] Seal(GrantId grant, GrantMemo memo)
    {
        ArgumentNullException.ThrowIfNull(memo);
        return Seal(grant.ToArray(), memo.Encode());
    }

    /// <summary>Seals an extension's memo.</summary>
    public byte[] Seal(GrantId grant, ExtensionMemo memo)
    {
        ArgumentNullException.ThrowIfNull(memo);
        return Seal(grant.ToArray(), memo.Encode());
    }

    /// <summary>Seals an erasure's memo: the erasure itself, and which record it is of.</summary>
    public byte[] Seal(Erasure erasure, RecordId record)
    {
        ArgumentNullException.ThrowIfNull(erasure);
        var bytes = erasure.Encode();

        // Filled up, so that its size does not tell how many versions a record has had; only many of them do.
        var memo = new DeterministicCborWriter(bytes.Length + Erasure.LargestFill).WriteArray(3).WriteBytes(bytes).WriteBytes(record.ToArray()).WriteBytes(new byte[Erasure.FillOf(bytes.Length)]).ToArray();
        return Seal(erasure.Commitment.ToArray(), memo);
    }

    /// <summary>Null if the memo is another wallet's or erasure's, or was changed.</summary>
    public (Erasure Erasure, RecordId Record)? Open(Erased body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return OpenBytes(body.Commitment.ToArray(), body.Memo.Span) is { } bytes
            && CborReading.TryRead(bytes, ReadErasure, out var memo)
            && memo.Erasure.Commitment == body.Commitment
                ? memo
                : null;
    }

    /// <summary>Null if the memo is another wallet's or grant's, or was changed.</summary>
    public GrantMemo? Open(GrantId grant, ReadOnlySpan<byte> sealedMemo) => OpenBytes(grant.ToArray(), sealedMemo) is { } bytes ? GrantMemo.TryParse(bytes) : null;

    /// <summary>Null if the memo is another wallet's or grant's, or was changed.</summary>
    public ExtensionMemo? OpenExtension(GrantId grant, ReadOnlySpan<byte> sealedMemo) =>
        OpenBytes(grant.ToArray(), sealedMemo) is { } bytes ? ExtensionMemo.TryParse(bytes) : null;

    /// <summary>Overwrites the keys with zeros.</summary>
    public void Dispose()
    {
        _key.Dispose();
        _memos.Dispose();
    }

    /// <summary>"MemoKey(redacted)".</summary>
    public override string ToString() => "MemoKey(redacted)";

    private static (Erasure Erasure, RecordId Record) ReadErasure(StrictCborReader reader)
    {
        reader.ReadStartArray(3);
        var erasure = reader.Require(Erasure.TryParse(reader.ReadBytes(0, 1 << 16)));
        var record = reader.ReadRecordId();
        var fill = reader.ReadBytes(0, Erasure.LargestFill);
        reader.ReadEndArray();
        reader.Require(!fill.Span.ContainsAnyExcept((byte)0));
        return (erasure, record);
    }

    // A salt of its own for each memo: two wallets restored from one phrase may seal for one grant without knowing of each other.
    private byte[] Seal(byte[] name, ReadOnlySpan<byte> memo)
    {
        var salt = RandomNumberGenerator.GetBytes(Salt.Length);
        return [.. salt, .. KeyWrap.Seal(_memos, NameOf(name, salt), Padme.Pad(memo))];
    }

    private byte[]? OpenBytes(byte[] name, ReadOnlySpan<byte> sealedMemo) =>
        sealedMemo.Length >= Salt.Length
            && KeyWrap.Open(_memos, NameOf(name, sealedMemo[..Salt.Length]), sealedMemo[Salt.Length..]) is { } padded
            && Padme.TryUnpad(padded, out var memo)
            ? memo.ToArray()
            : null;

    private static Digest NameOf(byte[] name, ReadOnlySpan<byte> salt) => Digest.Of([.. name, .. salt]);
}
