using System.Globalization;
using System.Text.Encodings.Web;
using EhrLedger.Wallet.App.Device;

namespace EhrLedger.Wallet.App.Emergencies;

/// <summary>The emergency card as a picture, to be printed or put on the lock screen: the code, and what is typed where nothing can scan it.</summary>
internal static class CardPicture
{
    public const int Width = 1_080;
    public const int Height = 1_440;

    private const int Margin = 90;
    private const int OnALine = 24;

    /// <summary>An SVG of <see cref="Width"/> by <see cref="Height"/>, black on white.</summary>
    /// <param name="card">Its text.</param>
    /// <param name="title">Stands above.</param>
    /// <param name="hint">Tells staff what to do; each line for itself.</param>
    public static string Draw(string card, string title, IEnumerable<string> hint)
    {
        var code = QrCode.Of(card);
        var scale = (Width - (2.0 * Margin)) / code.Side;
        var lines = hint.Select((line, i) => Line(230 + (48 * i), 34, "sans-serif", line))
            .Concat(card.Chunk(OnALine).Select((part, i) => Line(Height - 170 + (44 * i), 34, "monospace", new string(part))));
        return string.Create(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{Width}" height="{Height}" viewBox="0 0 {Width} {Height}" text-anchor="middle"><rect width="{Width}" height="{Height}" fill="#fff"/>{Line(140, 56, "sans-serif", title)}{string.Concat(lines)}<path transform="translate({Margin} 310) scale({scale:0.####})" d="{code.Path}"/></svg>
            """);
    }

    private static string Line(int y, int size, string font, string text) =>
        string.Create(CultureInfo.InvariantCulture, $"<text x=\"{Width / 2}\" y=\"{y}\" font-size=\"{size}\" font-family=\"{font}\">{HtmlEncoder.Default.Encode(text)}</text>");
}
