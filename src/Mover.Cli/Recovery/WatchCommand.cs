using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Recovery.Snapshots;

namespace Mover.Cli.Recovery;

/// <summary><c>mover recovery watch</c>: snapshots on a schedule and after changes, until it is stopped.</summary>
internal static class WatchCommand
{
    public static Command Create(Terminal terminal)
    {
        var flags = new SnapshotFlags();
        var usual = new WatchOptions();
        var every = Spans.Flag("--every", "Take a snapshot at least this often.", usual.Every);
        var settle = Spans.Flag("--settle", "Snapshot a change when the estate has been unchanged for this long; "
            + "also the polling interval.", usual.Settle);
        var minInterval = Spans.Flag("--min-interval", "Minimum time between two snapshots.", usual.MinInterval);
        var chores = new WatchChores();
        var command = new Command(
            "watch", "Take snapshots in a git repository on a schedule and after changes; between them, keep a standby in step "
                + "(--standby) and rehearse (--drill).")
        {
            every, settle, minInterval,
        };
        flags.AddTo(command);
        chores.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            var folder = flags.Repository(parsed) ?? throw CliException.Usage("No repository specified.", "Use --repository DIR.");
            var options = new WatchOptions
            {
                Every = Spans.Read(parsed, every), Settle = Spans.Read(parsed, settle), MinInterval = Spans.Read(parsed, minInterval),
            };
            using var key = flags.ReadKey(parsed);
            var settings = flags.Resolve(parsed, terminal);
            using var plane = ConnectionFlags.Open(settings, terminal);
            var repository = flags.OpenRepository(parsed, folder, key, terminal);
            var then = chores.Open(parsed, settings, flags.Folder(parsed, folder), key is not null, terminal);
            var last = await repository.ReadLastGoodAsync(cancel);
            var taker = await flags.TakerAsync(parsed, plane, terminal, cancel);
            var watch = new SnapshotWatch(
                taker.LookAsync, async stop => await repository.SaveAsync(await taker.TakeAsync(stop), stop), terminal.Out.WriteLine,
                options, terminal.Clock, then);
            await watch.RunAsync(last?.CheckedAt, cancel);
            return ExitCodes.Ok;
        });
        return command;
    }
}
