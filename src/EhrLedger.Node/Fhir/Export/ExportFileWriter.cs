using System.Security.Cryptography;
using EhrLedger.Crypto;
using EhrLedger.Node.Storage;

namespace EhrLedger.Node.Fhir.Export;

/// <summary>
/// Writes a file of lines of JSON, sealed piece by piece: on the disk stand sealed pieces of one length each, of which the last says that it is the last. Nothing of it is plain at any time.
/// </summary>
internal sealed class ExportFileWriter : IDisposable
{
    private readonly byte[] _id = RandomNumberGenerator.GetBytes(ExportFile.IdLength);
    private readonly byte[] _piece = new byte[ExportSeal.PieceLength];
    private readonly SymmetricKey _key;
    private readonly FileStream _stream;
    private readonly ExportFileKind _kind;
    private readonly string _type;
    private int _length;
    private uint _pieces;

    /// <param name="folder">Of the export; it is there.</param>
    /// <param name="key">Of the export.</param>
    /// <param name="kind">Where the file stands in the manifest.</param>
    /// <param name="type">Of its resources.</param>
    /// <exception cref="IOException">The disk is full or broken; as for all of these.</exception>
    public ExportFileWriter(string folder, SymmetricKey key, ExportFileKind kind, string type)
    {
        (_key, _kind, _type) = (key, kind, type);
        _stream = PrivateFile.Create(Path.Combine(folder, ExportFile.NameOf(_id)));
    }

    /// <summary>Lines so far.</summary>
    public long Count { get; private set; }

    /// <summary>Bytes of these, unsealed.</summary>
    public long Bytes { get; private set; }

    /// <summary>Adds a line.</summary>
    /// <param name="json">A resource, on one line.</param>
    public void Add(ReadOnlySpan<byte> json)
    {
        Write(json);
        Write("\n"u8);
        Count++;
    }

    /// <summary>The file, whole and on the disk.</summary>
    public ExportFile Complete()
    {
        Seal(isLast: true);
        _stream.Flush(flushToDisk: true);
        return new ExportFile(_kind, _type, _id, Count, Bytes);
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_piece);
        _stream.Dispose();
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        Bytes += bytes.Length;
        while (bytes.Length > 0)
        {
            if (_length == _piece.Length)
            {
                Seal(isLast: false);
            }

            var taken = Math.Min(bytes.Length, _piece.Length - _length);
            bytes[..taken].CopyTo(_piece.AsSpan(_length));
            bytes = bytes[taken..];
            _length += taken;
        }
    }

    private void Seal(bool isLast)
    {
        _stream.Write(ExportSeal.Seal(_key, _id, _pieces, isLast, _piece.AsSpan(0, _length)));
        _pieces++;
        _length = 0;
    }
}
