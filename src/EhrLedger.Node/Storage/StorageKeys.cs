using System.Security.Cryptography;
using System.Text;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Sealing;

namespace EhrLedger.Node.Storage;

/// <summary>
/// The keys under which this node keeps its databases, all derived from one root in the key store. What a database shows without them are sizes and counts: lookups go by HMAC,
/// contents are sealed.
/// </summary>
internal sealed class StorageKeys : IDisposable
{
    private const int NonceLength = 32;

    private readonly SymmetricKey _lookup;
    private readonly SymmetricKey _index;
    private readonly SymmetricKey _column;

    /// <param name="root">From the key store; not disposed of here.</param>
    public StorageKeys(SymmetricKey root)
    {
        _lookup = root.Derive("storage/lookup");
        _index = root.Derive("storage/index");
        _column = root.Derive("storage/column");
        Wrap = root.Derive("storage/wrap");
        Vault = root.Derive("storage/vault");
        Holder = root.Derive("storage/holder");
        Provisional = root.Derive("storage/provisional");
    }

    /// <summary>Wraps both halves of a content key for the author itself.</summary>
    public SymmetricKey Wrap { get; }

    /// <summary>Wraps what the vault holds.</summary>
    public SymmetricKey Vault { get; }

    /// <summary>The holder's key over the tokens of the grantees' index.</summary>
    public SymmetricKey Holder { get; }

    /// <summary>Together with a salt in the vault it gives a provisional seed; destroying the salt destroys the seed.</summary>
    public SymmetricKey Provisional { get; }

    /// <summary>The 16 bytes under which something is found again.</summary>
    /// <param name="kind">What it is: patient, resource, secret.</param>
    /// <param name="name">Its name, such as <c>Observation/123</c>.</param>
    public byte[] LookupKey(string kind, string name) => _lookup.Mac(Encoding.UTF8.GetBytes($"{kind}\n{name}")).ToArray()[..16];

    /// <summary>The key of a patient's tokens in the author's own index; patient 0 is the directory.</summary>
    public SymmetricKey IndexKeyOf(long patientId) => _index.Derive("patient", BitConverter.GetBytes(patientId));

    /// <summary>Seals a column. Each call gives other bytes; those of one kind can't be passed off as another's.</summary>
    public byte[] SealColumn(string kind, ReadOnlySpan<byte> plaintext) => Box(_column, kind, plaintext);

    /// <summary>Null if the bytes are not a sealed column of this kind.</summary>
    public byte[]? OpenColumn(string kind, ReadOnlySpan<byte> sealedBytes) => Unbox(_column, kind, sealedBytes);

    /// <summary>Seals something for the vault.</summary>
    public byte[] SealSecret(string kind, ReadOnlySpan<byte> plaintext) => Box(Vault, kind, plaintext);

    /// <summary>Null if the bytes are not a secret of this kind.</summary>
    public byte[]? OpenSecret(string kind, ReadOnlySpan<byte> sealedBytes) => Unbox(Vault, kind, sealedBytes);

    /// <inheritdoc/>
    public void Dispose()
    {
        _lookup.Dispose();
        _index.Dispose();
        _column.Dispose();
        Wrap.Dispose();
        Vault.Dispose();
        Holder.Dispose();
        Provisional.Dispose();
    }

    // A fresh nonce makes a fresh one-time key, so there is nothing to count and nothing to repeat.
    private static byte[] Box(SymmetricKey key, string kind, ReadOnlySpan<byte> plaintext)
    {
        var nonce = RandomNumberGenerator.GetBytes(NonceLength);
        return [.. nonce, .. KeyWrap.Seal(key, ContextOf(kind, nonce), plaintext)];
    }

    private static byte[]? Unbox(SymmetricKey key, string kind, ReadOnlySpan<byte> sealedBytes) =>
        sealedBytes.Length < NonceLength ? null : KeyWrap.Open(key, ContextOf(kind, sealedBytes[..NonceLength]), sealedBytes[NonceLength..]);

    private static Digest ContextOf(string kind, ReadOnlySpan<byte> nonce) => Digest.Of([.. Encoding.UTF8.GetBytes(kind), 0, .. nonce]);
}
