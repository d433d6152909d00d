using System.Globalization;

namespace EhrLedger.Wallet.App.Texts;

/// <summary>A date of FHIR as exact as it was written: https://hl7.org/fhir/R4/datatypes.html#dateTime. Instants are shown as the day on which they were written.</summary>
/// <param name="Day">The first day of what is meant.</param>
/// <param name="Length">How much of it was written.</param>
internal sealed record FhirDate(DateTime Day, FhirDate.Part Length)
{
    /// <summary>How exact a date is.</summary>
    internal enum Part
    {
        /// <summary>A year.</summary>
        Year = 1,

        /// <summary>A month.</summary>
        Month = 2,

        /// <summary>A day or more.</summary>
        Day = 3,
    }

    /// <summary>Null for what is no date.</summary>
    public static FhirDate? Parse(string text)
    {
        var (cut, format, part) = text.Length switch
        {
            4 => (4, "yyyy", Part.Year),
            7 => (7, "yyyy-MM", Part.Month),
            >= 10 => (10, "yyyy-MM-dd", Part.Day),
            _ => (0, "", Part.Day),
        };
        return cut > 0 && DateTime.TryParseExact(text[..cut], format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? new FhirDate(day, part) : null;
    }
}
