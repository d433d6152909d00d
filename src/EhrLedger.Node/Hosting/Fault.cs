namespace EhrLedger.Node.Hosting;

/// <summary>
/// What a log is told of an exception: kinds and places, from the outermost to the innermost. Never a message: it may hold what a patient's record says, or a key.
/// </summary>
internal readonly struct Fault(Exception thrown)
{
    public override string ToString() =>
        string.Join(" because of ", Chain(thrown).Select(one => $"{one.GetType().FullName}{Environment.NewLine}{one.StackTrace}"));

    private static IEnumerable<Exception> Chain(Exception? thrown)
    {
        for (; thrown is not null; thrown = thrown.InnerException)
        {
            yield return thrown;
        }
    }
}
