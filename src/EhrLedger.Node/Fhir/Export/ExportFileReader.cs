using EhrLedger.Crypto;

namespace EhrLedger.Node.Fhir.Export;

/// <summary>Opens a sealed file piece by piece, on its way out.</summary>
internal static class ExportFileReader
{
    /// <summary>Copies the lines. A piece is in memory at a time.</summary>
    /// <param name="sealedFile">As <see cref="ExportFileWriter"/> wrote it.</param>
    /// <param name="file">Which.</param>
    /// <param name="key">Of the export.</param>
    /// <param name="output">Takes the lines.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InvalidDataException">It is not what was written: damaged, or cut off. What came before was.</exception>
    public static async Task CopyAsync(Stream sealedFile, ExportFile file, SymmetricKey key, Stream output, CancellationToken cancellationToken)
    {
        var buffer = new byte[ExportSeal.SealedLength];
        for (uint number = 0; ; number++)
        {
            // All but the last are of full length; one of full length with nothing behind it is the last too.
            var length = await sealedFile.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
            var isLast = length < buffer.Length || sealedFile.Position == sealedFile.Length;
            var piece = ExportSeal.Open(key, file.Id.Span, number, isLast, buffer.AsSpan(0, length)) ?? throw new InvalidDataException("A file of an export is damaged.");
            await output.WriteAsync(piece, cancellationToken);
            if (isLast)
            {
                return;
            }
        }
    }
}
