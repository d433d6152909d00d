using System.Buffers.Binary;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Sealing;

namespace EhrLedger.Node.Fhir.Export;

/// <summary>
/// How a file of an export is sealed: in pieces, each under a one-time key from the export's key and a context that names file, place and whether it is the last. A piece that is changed, moved, left out or cut
/// off does not open. A file's id is random and used once, so that no context comes twice.
/// </summary>
/// <remarks>Context: SHA-256 of <c>"export piece" || 0 || file id (16) || number (4, big-endian) || last (1)</c>. docs/formats.md, storage.</remarks>
internal static class ExportSeal
{
    /// <summary>Bytes of a piece, unsealed; the last has fewer, or none.</summary>
    public const int PieceLength = 64 << 10;

    /// <summary>Bytes of a sealed piece that is not the last.</summary>
    public const int SealedLength = PieceLength + KeyWrap.Overhead;

    public static byte[] Seal(SymmetricKey key, ReadOnlySpan<byte> file, uint number, bool isLast, ReadOnlySpan<byte> piece) => KeyWrap.Seal(key, ContextOf(file, number, isLast), piece);

    /// <summary>Null for anything else than was sealed here.</summary>
    public static byte[]? Open(SymmetricKey key, ReadOnlySpan<byte> file, uint number, bool isLast, ReadOnlySpan<byte> sealedPiece) => KeyWrap.Open(key, ContextOf(file, number, isLast), sealedPiece);

    private static Digest ContextOf(ReadOnlySpan<byte> file, uint number, bool isLast)
    {
        Span<byte> place = stackalloc byte[5];
        BinaryPrimitives.WriteUInt32BigEndian(place, number);
        place[4] = isLast ? (byte)1 : (byte)0;
        return Digest.Of([.. "export piece\0"u8, .. file, .. place]);
    }
}
