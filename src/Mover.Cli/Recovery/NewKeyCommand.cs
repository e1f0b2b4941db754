using System.CommandLine;
using Mover.Cli.Frame;
using Mover.Recovery.Snapshots;

namespace Mover.Cli.Recovery;

/// <summary><c>mover recovery new-key</c>: a key pair that signs snapshots.</summary>
internal static class NewKeyCommand
{
    public static Command Create(Terminal terminal)
    {
        var file = new Argument<string>("file") { Description = "File for the private key; the public key is written to FILE.pub." };
        var command = new Command("new-key", "Create a key that signs snapshots.") { file };
        command.SetAction(parsed =>
        {
            var path = Path.GetFullPath(parsed.GetRequiredValue(file));
            SnapshotKey.Create(path);
            terminal.Error.WriteLine(
                $"Keep {path} secret: anyone who has it can sign snapshots. Recovery needs only {path}{SnapshotKey.PublicEnding}.");
            return ExitCodes.Ok;
        });
        return command;
    }
}
