using System.Globalization;
using System.Text;
using ZXing.QrCode.Internal;

namespace EhrLedger.Wallet.App.Device;

/// <summary>A QR code to be drawn (ISO/IEC 18004, error correction M), with the four modules of quiet that a reader needs around it.</summary>
/// <param name="Side">Modules.</param>
/// <param name="Path">The dark ones, as the data of an SVG path.</param>
internal sealed record QrCode(int Side, string Path)
{
    private const int Quiet = 4;

    /// <summary>What an SVG shows all of it in.</summary>
    public string ViewBox => string.Create(CultureInfo.InvariantCulture, $"0 0 {Side} {Side}");

    /// <summary>The smallest code for a text.</summary>
    public static QrCode Of(string text)
    {
        var modules = ZXing.QrCode.Internal.Encoder.encode(text, ErrorCorrectionLevel.M).Matrix;
        var path = new StringBuilder();
        for (var y = 0; y < modules.Height; y++)
        {
            for (var x = 0; x < modules.Width; x++)
            {
                var begin = x;
                while (x < modules.Width && modules[x, y] == 1)
                {
                    x++;
                }

                if (x > begin)
                {
                    path.Append(CultureInfo.InvariantCulture, $"M{begin + Quiet} {y + Quiet}h{x - begin}v1h-{x - begin}z");
                }
            }
        }

        return new QrCode(modules.Width + (2 * Quiet), path.ToString());
    }
}
