using System.CommandLine;
using Mover.Cli.Frame;
using Mover.Recovery.Snapshots;

namespace Mover.Cli.Recovery;

/// <summary><c>mover recovery snapshot</c>: an estate as a template and a manifest, in a git repository or a folder.</summary>
internal static class SnapshotCommand
{
    public static Command Create(Terminal terminal)
    {
        var flags = new SnapshotFlags();
        var output = new Option<string?>("--output")
        {
            Description = "Folder to write the files to, without git.",
            HelpName = "folder",
        };
        var command = new Command("snapshot", "Export an estate to a git repository or a folder.") { output };
        flags.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            var (repository, folder) = (flags.Repository(parsed), parsed.GetValue(output));
            if (repository is null == folder is null)
            {
                throw CliException.Usage("Specify exactly one destination for the snapshot.", "Use either --repository or --output.");
            }

            if (folder is not null && flags.OfRepositoryOnly(parsed).FirstOrDefault() is { } useless)
            {
                throw CliException.Usage($"{useless} applies to a repository and cannot be used with --output.");
            }

            using var key = flags.ReadKey(parsed);
            using var plane = flags.Connect(parsed, terminal);
            var taker = await flags.TakerAsync(parsed, plane, terminal, cancel);
            var snapshot = await taker.TakeAsync(cancel);
            Tell(snapshot, terminal);
            if (repository is not null)
            {
                Tell(await flags.OpenRepository(parsed, repository, key, terminal).SaveAsync(snapshot, cancel), terminal);
            }
            else if (folder is not null)
            {
                SnapshotFolder.Write(folder, snapshot, key);
                await terminal.Out.WriteLineAsync($"written to {folder}");
            }

            return ExitCodes.Ok;
        });
        return command;
    }

    private static void Tell(Snapshot snapshot, Terminal terminal)
    {
        var manifest = snapshot.Manifest;
        terminal.Error.WriteLine(
            $"Took {manifest.Counts.Values.Sum()} resources in {manifest.Reads} reads; "
                + $"{manifest.LeftOut.Count} were left out; see the manifest.");
    }

    private static void Tell(SnapshotSaved saved, Terminal terminal)
    {
        terminal.Out.WriteLine($"{(saved.IsNew ? "committed" : "unchanged")} {saved.Commit} {saved.Subject}");
        if (saved.PushedTo is { } remote)
        {
            terminal.Error.WriteLine($"Pushed to {remote}.");
        }
    }
}
