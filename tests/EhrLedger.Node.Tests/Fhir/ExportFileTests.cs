using EhrLedger.Crypto;
using EhrLedger.Node.Fhir.Export;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>The sealed files of an export.</summary>
public sealed class ExportFileTests
{
    [TestCase(0)]
    [TestCase(1)]
    [TestCase(ExportSeal.PieceLength - 1)]
    [TestCase(ExportSeal.PieceLength)]
    [TestCase((3 * ExportSeal.PieceLength) + 5)]
    public async Task Give_back_what_was_written(int length)
    {
        using var folder = new TestFolder();
        using var key = SymmetricKey.Generate();
        var line = new byte[length];
        line.AsSpan().Fill((byte)'x');
        var file = Write(folder, key, line);
        Assert.That((file.Count, file.Bytes), Is.EqualTo((1L, length + 1L)));
        Assert.That(await ReadAsync(folder, file, key, bytes => bytes), Is.EqualTo((byte[])[.. line, (byte)'\n']));
    }

    [Test]
    public void Do_not_open_when_cut_off_or_changed_or_put_in_another_order()
    {
        using var folder = new TestFolder();
        using var key = SymmetricKey.Generate();
        var file = Write(folder, key, new byte[(2 * ExportSeal.PieceLength) + 9]);
        foreach (var change in (Func<byte[], byte[]>[])
        [
            bytes => bytes[..^1],
            bytes => bytes[..ExportSeal.SealedLength],
            bytes => bytes[..(2 * ExportSeal.SealedLength)],
            bytes => [.. bytes[ExportSeal.SealedLength..(2 * ExportSeal.SealedLength)], .. bytes[..ExportSeal.SealedLength], .. bytes[(2 * ExportSeal.SealedLength)..]],
            bytes => [(byte)(bytes[0] ^ 1), .. bytes[1..]],
            _ => [],
        ])
        {
            Assert.That(async () => await ReadAsync(folder, file, key, change), Throws.InstanceOf<InvalidDataException>());
        }
    }

    [Test]
    public void End_where_they_are_full_and_another_goes_on()
    {
        using var folder = new TestFolder();
        using var key = SymmetricKey.Generate();
        using var part = new ExportPart(folder.Path, key, new ExportBounds(FileCount: 2, FileBytes: 1_000, PartCount: 5));
        for (var i = 0; i < 5; i++)
        {
            Assert.That(part.IsFull, Is.False);
            part.Show(new Hl7.Fhir.Model.Basic { Id = $"{i}" });
        }

        Assert.That(part.IsFull);
        Assert.That(part.Complete().Select(file => file.Count), Is.EqualTo(new[] { 2L, 2L, 1L }));
    }

    private static ExportFile Write(TestFolder folder, SymmetricKey key, byte[] line)
    {
        using var writer = new ExportFileWriter(folder.Path, key, ExportFileKind.Output, "Basic");
        writer.Add(line);
        return writer.Complete();
    }

    private static async Task<byte[]> ReadAsync(TestFolder folder, ExportFile file, SymmetricKey key, Func<byte[], byte[]> change)
    {
        using var stored = new MemoryStream(change(await File.ReadAllBytesAsync(folder[file.Name])));
        using var lines = new MemoryStream();
        await ExportFileReader.CopyAsync(stored, file, key, lines, CancellationToken.None);
        return lines.ToArray();
    }
}
