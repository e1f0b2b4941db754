using System.Runtime.InteropServices;
using Mover.Cli.Frame;

if (ProcessStart.Prepare() is { } exitCode)
{
    return exitCode;
}

using var stop = new CancellationTokenSource();
var signals = 0;
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
return await MoverApp.RunAsync(args, Terminal.OfProcess(), stop.Token);

// The first signal asks for a clean end; the second is taken literally.
void Stop(PosixSignalContext context)
{
    context.Cancel = Interlocked.Increment(ref signals) == 1;
    if (context.Cancel)
    {
        stop.Cancel();
    }
}
