using System.Text;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Sealing;

namespace EhrLedger.Consent.Index;

/// <summary>
/// The key of one subject's index in one epoch. Author, patient and grantees have it, index holders don't: they file rows that they can't open under tokens
/// that they can't read. Zeroed on Dispose.
/// </summary>
public sealed class IndexKey : IDisposable
{
    private const string RowLabel = "row";

    private readonly SymmetricKey _key;
    private readonly SymmetricKey _rows;

    /// <param name="key">The index key of the key tree; this object takes it over and disposes of it.</param>
    public IndexKey(SymmetricKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        _key = key;
        _rows = key.Derive(RowLabel);
    }

    /// <summary>A new key from the system's randomness, for a provisional subject.</summary>
    public static IndexKey Generate() => new(SymmetricKey.Generate());

    /// <summary>What a search value is filed and asked for under.</summary>
    /// <param name="text">Parameter and normalised value, as the FHIR side writes them.</param>
    public Token TokenOf(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Token.FromBytes(_key.Mac(Encoding.UTF8.GetBytes(text)).ToArray().AsSpan(0, Token.Length));
    }

    /// <summary>Writes the 32 bytes, for a key store or an access key. The caller zeroes them after use.</summary>
    public void ExportTo(Span<byte> destination) => _key.ExportTo(destination);

    /// <summary>Overwrites the keys with zeros.</summary>
    public void Dispose()
    {
        _key.Dispose();
        _rows.Dispose();
    }

    /// <summary>"IndexKey(redacted)".</summary>
    public override string ToString() => "IndexKey(redacted)";

    internal byte[] SealRow(Digest name, ReadOnlySpan<byte> padded) => KeyWrap.Seal(_rows, name, padded);

    internal byte[]? OpenRow(Digest name, ReadOnlySpan<byte> sealedRow) => KeyWrap.Open(_rows, name, sealedRow);
}
