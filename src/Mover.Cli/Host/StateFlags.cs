using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Cli.Progress;
using Mover.Core.Access;
using Mover.Server.Backups;

namespace Mover.Cli.Host;

/// <summary>The flags that the verbs of <c>mover state</c> share.</summary>
internal sealed class StateFlags
{
    /// <summary>Holds the passphrase of backups.</summary>
    public const string PassphraseVariable = "MOVER_BACKUP_PASSPHRASE";

    private readonly Option<string?> _data = new("--data")
    {
        Description = "Data folder of the server [env: MOVER_DATA].", HelpName = "folder",
    };
    private readonly Option<string> _store = new("--store")
    {
        Description = "Where the state is, as for `mover server`: sqlite, a file in the data folder; sqlite:DIR; or etcd://HOST:PORT,….",
        DefaultValueFactory = _ => "sqlite",
        HelpName = "store",
    };
    private readonly Option<string?> _keyRing = new("--key-ring")
    {
        Description = "Key ring of the backup, as for `mover server`; by default, the data folder's.", HelpName = "keys",
    };
    private readonly Option<string?> _passphraseFile = new("--passphrase-file")
    {
        Description = $"File with the passphrase of the backup, instead of a key ring [env: {PassphraseVariable}].",
        HelpName = "file",
    };

    /// <summary>Begins again over what another copy has left.</summary>
    public static Option<bool> OverwriteFlag() => new("--overwrite-unfinished")
    {
        Description = "Start over although the target contains an unfinished copy, which is overwritten.",
    };

    /// <summary>Where results are written, and how.</summary>
    public Option<string> Format { get; } = ResultWriter.CreateFlag();

    /// <summary>A verb with store and data folder.</summary>
    public Command Verb(string name, string sentence, params Symbol[] more) => Add(new(name, sentence), [.. more, _store, _data, Format]);

    /// <summary>A verb with store, data folder and keys.</summary>
    public Command SealedVerb(string name, string sentence, params Symbol[] more) =>
        Add(new(name, sentence), [.. more, _store, _data, _keyRing, _passphraseFile, Format]);

    /// <summary>Where the state is.</summary>
    public StatePlace Place(ParseResult parsed, Terminal terminal) => Place(parsed.GetRequiredValue(_store), Data(parsed, terminal));

    /// <summary>A place that an operator named.</summary>
    public static StatePlace Place(string store, string data)
    {
        try
        {
            return StatePlace.Parse(store, data);
        }
        catch (FormatException wrong)
        {
            throw CliException.Usage(wrong.Message, "See --store in `mover server --help`; or specify a folder, as in sqlite:DIR.");
        }
    }

    /// <summary>The data folder.</summary>
    public string Data(ParseResult parsed, Terminal terminal) =>
        Path.GetFullPath(parsed.GetValue(_data) ?? DataFolders.Server(terminal));

    /// <summary>What opens a backup.</summary>
    public BackupKeys Keys(ParseResult parsed, Terminal terminal)
    {
        var text = parsed.GetValue(_passphraseFile) is { } file
            ? Secrets.ReadFile(file, "passphrase")
            : terminal.Environment(PassphraseVariable);
        return new(text is { Length: > 0 } ? new Secret(text) : null, parsed.GetValue(_keyRing));
    }

    /// <summary>Shows how many entries are done.</summary>
    public static IProgress<long> Progress(LiveLine line, string doing) => new Shown(line, doing);

    private static Command Add(Command command, Symbol[] symbols)
    {
        foreach (var symbol in symbols)
        {
            if (symbol is Argument argument)
            {
                command.Add(argument);
            }
            else if (symbol is Option option)
            {
                command.Add(option);
            }
        }

        return command;
    }

    private sealed class Shown(LiveLine line, string doing) : IProgress<long>
    {
        private const int Every = 2000;
        private long _next = Every;

        public void Report(long value)
        {
            if (value >= _next)
            {
                _next = value + Every;
                line.Show($"{doing} {Figures.Count(value)} entries");
            }
        }
    }
}
