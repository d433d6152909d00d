using System.Security.Cryptography;
using EhrLedger.Consent.Records;
using EhrLedger.Crypto;
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

    /// <summary>Seals a grant's memo.</summary>
    public byte[] Seal(GrantId grant, GrantMemo memo)
    {
        ArgumentNullException.ThrowIfNull(memo);
        return Seal(grant, memo.Encode());
    }

    /// <summary>Seals an extension's memo.</summary>
    public byte[] Seal(GrantId grant, ExtensionMemo memo)
    {
        ArgumentNullException.ThrowIfNull(memo);
        return Seal(grant, memo.Encode());
    }

    /// <summary>Null if the memo is another wallet's or grant's, or was changed.</summary>
    public GrantMemo? Open(GrantId grant, ReadOnlySpan<byte> sealedMemo) => OpenBytes(grant, sealedMemo) is { } bytes ? GrantMemo.TryParse(bytes) : null;

    /// <summary>Null if the memo is another wallet's or grant's, or was changed.</summary>
    public ExtensionMemo? OpenExtension(GrantId grant, ReadOnlySpan<byte> sealedMemo) =>
        OpenBytes(grant, sealedMemo) is { } bytes ? ExtensionMemo.TryParse(bytes) : null;

    /// <summary>Overwrites the keys with zeros.</summary>
    public void Dispose()
    {
        _key.Dispose();
        _memos.Dispose();
    }

    /// <summary>"MemoKey(redacted)".</summary>
    public override string ToString() => "MemoKey(redacted)";

    // A salt of its own for each memo: two wallets restored from one phrase may seal for one grant without knowing of each other.
    private byte[] Seal(GrantId grant, ReadOnlySpan<byte> memo)
    {
        var salt = RandomNumberGenerator.GetBytes(Salt.Length);
        return [.. salt, .. KeyWrap.Seal(_memos, NameOf(grant, salt), Padme.Pad(memo))];
    }

    private byte[]? OpenBytes(GrantId grant, ReadOnlySpan<byte> sealedMemo) =>
        sealedMemo.Length >= Salt.Length
            && KeyWrap.Open(_memos, NameOf(grant, sealedMemo[..Salt.Length]), sealedMemo[Salt.Length..]) is { } padded
            && Padme.TryUnpad(padded, out var memo)
            ? memo.ToArray()
            : null;

    private static Digest NameOf(GrantId grant, ReadOnlySpan<byte> salt) => Digest.Of([.. grant.ToArray(), .. salt]);
}
