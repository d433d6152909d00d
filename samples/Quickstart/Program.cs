using Quickstart;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};
if (Options.TryParse(args) is not { } options)
{
    Console.Error.WriteLine(Options.Usage);
    return 2;
}

try
{
    using var story = new Story(options);
    return await story.TellAsync(stop.Token);
}
catch (StepFailedException failed)
{
    Console.Error.WriteLine($"\n  FAILED  {failed.Message}");
    return 1;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("\nStopped.");
    return 130;
}
