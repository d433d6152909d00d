using System.Text;

namespace EhrLedger.Crypto.Phrase;

/// <summary>The 2,048 English words of BIP-39, in order, which is also ordinal order.</summary>
internal static class EnglishWords
{
    public static string[] All { get; } = Read();

    internal static Stream Open() =>
        typeof(EnglishWords).Assembly.GetManifestResourceStream("EhrLedger.Crypto.Phrase.english.txt")
        ?? throw new InvalidOperationException("The word list is missing from the assembly.");

    private static string[] Read()
    {
        using var reader = new StreamReader(Open(), Encoding.ASCII);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
