namespace EhrLedger.Benchmarks.Running;

/// <summary>Smallest, middle and largest of a few measurements.</summary>
internal readonly record struct Spread(double Min, double Median, double Max)
{
    public static Spread Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return new(sorted[0], sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2, sorted[^1]);
    }

    /// <summary>The middle one, and the range in brackets.</summary>
    public string Print(string format, double scale = 1) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"{(Median * scale).ToString(format, System.Globalization.CultureInfo.InvariantCulture)} [{(Min * scale).ToString(format, System.Globalization.CultureInfo.InvariantCulture)} – {(Max * scale).ToString(format, System.Globalization.CultureInfo.InvariantCulture)}]");
}
