using System.IO.Compression;
using System.Text;

namespace EhrLedger.Node.Tests.Custody;

/// <summary>Looks for texts in files: as UTF-8, UTF-16, base64 (at each of its three phases, both alphabets), hex, and inside deflated blocks.</summary>
internal sealed class PlaintextScan
{
    private readonly List<(string Text, string Form, byte[] Bytes)> _needles = [];

    public PlaintextScan(IEnumerable<string> texts, IEnumerable<byte[]>? secrets = null)
    {
        foreach (var text in texts)
        {
            Add(text, "UTF-8", Encoding.UTF8.GetBytes(text));
            Add(text, "UTF-16", Encoding.Unicode.GetBytes(text), forms: false);
            Add(text, "UTF-16 big-endian", Encoding.BigEndianUnicode.GetBytes(text), forms: false);
        }

        foreach (var secret in secrets ?? [])
        {
            Add("(a secret key)", "raw", secret);
        }
    }

    /// <summary>What was found where.</summary>
    public IEnumerable<string> Find(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).SelectMany(file => Find(ReadAll(file)).Select(found => $"{Path.GetFileName(file)}: {found}"));

    public IEnumerable<string> Find(byte[] bytes) => Here(bytes).Concat(Inflated(bytes).SelectMany(block => Here(block).Select(found => $"{found}, deflated"))).Distinct();

    private void Add(string text, string form, byte[] bytes, bool forms = true)
    {
        _needles.Add((text, form, bytes));
        if (!forms)
        {
            return;
        }

        foreach (var hex in (string[])[Convert.ToHexString(bytes), Convert.ToHexStringLower(bytes)])
        {
            _needles.Add((text, $"{form} in hex", Encoding.ASCII.GetBytes(hex)));
        }

        // In each phase the characters at the edges depend on the neighbours: what is left in the middle does not.
        for (var phase = 0; phase < 3; phase++)
        {
            var base64 = Convert.ToBase64String([.. new byte[phase], .. bytes]);
            var first = phase == 0 ? 0 : phase + 1;
            var last = (phase + bytes.Length) / 3 * 4;
            var middle = base64[first..last];
            foreach (var alphabet in (string[])[middle, middle.Replace('+', '-').Replace('/', '_')])
            {
                _needles.Add((text, $"{form} in base64", Encoding.ASCII.GetBytes(alphabet)));
            }
        }
    }

    private IEnumerable<string> Here(byte[] bytes) => _needles.Where(needle => bytes.AsSpan().IndexOf(needle.Bytes) >= 0).Select(needle => $"{needle.Text} as {needle.Form}");

    private static IEnumerable<byte[]> Inflated(byte[] bytes)
    {
        for (var i = 0; i + 2 < bytes.Length; i++)
        {
            var zlib = bytes[i] == 0x78 && bytes[i + 1] is 0x01 or 0x5E or 0x9C or 0xDA && ((bytes[i] << 8) | bytes[i + 1]) % 31 == 0;
            var gzip = bytes[i] == 0x1F && bytes[i + 1] == 0x8B && bytes[i + 2] == 8;
            if ((zlib || gzip) && TryInflate(bytes, i, gzip) is { Length: > 0 } block)
            {
                yield return block;
            }
        }
    }

    private static byte[]? TryInflate(byte[] bytes, int start, bool gzip)
    {
        using var source = new MemoryStream(bytes, start, Math.Min(bytes.Length - start, 1 << 20));
        using Stream inflate = gzip ? new GZipStream(source, CompressionMode.Decompress) : new ZLibStream(source, CompressionMode.Decompress);
        using var block = new MemoryStream();
        try
        {
            var buffer = new byte[4096];
            int read;
            while (block.Length < 1 << 20 && (read = inflate.Read(buffer)) > 0)
            {
                block.Write(buffer, 0, read);
            }
        }
        catch (InvalidDataException)
        {
            // Random bytes that look like a start.
        }

        return block.ToArray();
    }

    private static byte[] ReadAll(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
