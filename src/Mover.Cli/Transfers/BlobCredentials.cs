using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Volumes.AzureBlob;

namespace Mover.Cli.Transfers;

/// <summary>How the command line is let into a storage account. Never an argument: a SAS in a URL is taken, with a warning.</summary>
internal sealed class BlobCredentials
{
    private readonly Option<string?> _sasFile = FileOption("--sas-file", "a SAS for the container", "MOVER_SAS");
    private readonly Option<string?> _keyFile = FileOption("--key-file", "the account key", "MOVER_ACCOUNT_KEY");
    private readonly Option<string?> _sourceSasFile = FileOption(
        "--source-sas-file", "a SAS for the source, where both ends are containers", "MOVER_SOURCE_SAS");
    private readonly Option<string?> _sourceKeyFile = FileOption(
        "--source-key-file", "the account key of the source, where both ends are containers", "MOVER_SOURCE_ACCOUNT_KEY");
    private readonly Option<bool> _allowHttp = new("--allow-http")
    {
        Description = "Send the SAS or signature to other machines without TLS too; others on the network can read it.",
    };

    public void AddTo(Command command)
    {
        command.Add(_allowHttp);
        command.Add(_sasFile);
        command.Add(_keyFile);
        command.Add(_sourceSasFile);
        command.Add(_sourceKeyFile);
    }

    /// <summary>What lets the program into one container.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="terminal">The environment.</param>
    /// <param name="location">The container.</param>
    /// <param name="target">
    /// The target, when this is the source of one; null for a target or when only one end is a container. What was given for the target is
    /// shown to no other service.
    /// </param>
    public BlobCredential Read(ParseResult parsed, Terminal terminal, BlobLocation location, BlobLocation? target)
    {
        var to = BlobDestinations.Only(location.Address, parsed.GetValue(_allowHttp));
        if (location.Sas.Length > 0)
        {
            terminal.Error.WriteLine(
                "mover: the SAS is in the arguments, which every user of this machine can read. Use MOVER_SAS or "
                    + "--sas-file instead.");
            return new SasCredential(location.Sas, to);
        }

        if (target is null)
        {
            return Given(parsed, terminal, location, to, _sasFile, _keyFile, string.Empty) ?? throw CliException.Usage(
                $"No credential for '{location}'.",
                "Provide a SAS (MOVER_SAS or --sas-file) or the account key (MOVER_ACCOUNT_KEY or --key-file).");
        }

        return Given(parsed, terminal, location, to, _sourceSasFile, _sourceKeyFile, "SOURCE_")
            ?? (IsSameService(location, target) ? Given(parsed, terminal, location, to, _sasFile, _keyFile, string.Empty) : null)
            ?? throw CliException.Usage(
                $"No credential for '{location}'; the target's credential is not sent to the source's service.",
                "Provide a SAS (MOVER_SOURCE_SAS or --source-sas-file) or the account key (MOVER_SOURCE_ACCOUNT_KEY or "
                    + "--source-key-file).");
    }

    private static bool IsSameService(BlobLocation one, BlobLocation other) =>
        one.Address.Endpoint.Equals(other.Address.Endpoint, StringComparison.OrdinalIgnoreCase);

    private static BlobCredential? Given(
        ParseResult parsed, Terminal terminal, BlobLocation location, BlobDestinations to,
        Option<string?> sasOption, Option<string?> keyOption, string prefix)
    {
        if (parsed.GetValue(sasOption) is { } sasFile)
        {
            return new SasCredential(Secrets.ReadFile(sasFile, "SAS"), to);
        }

        if (parsed.GetValue(keyOption) is { } keyFile)
        {
            return OfKey(terminal, location, Secrets.ReadFile(keyFile, "account key"), to);
        }

        if (terminal.Environment($"MOVER_{prefix}SAS") is { Length: > 0 } sas)
        {
            return new SasCredential(sas, to);
        }

        return terminal.Environment($"MOVER_{prefix}ACCOUNT_KEY") is { Length: > 0 } key ? OfKey(terminal, location, key, to) : null;
    }

    private static Option<string?> FileOption(string name, string what, string variable) => new(name)
    {
        Description = $"File with {what} [env: {variable}].",
        HelpName = "file",
    };

    private static SharedKeyCredential OfKey(Terminal terminal, BlobLocation location, string key, BlobDestinations to)
    {
        try
        {
            return new(location.Address.Account, key, to, terminal.Clock);
        }
        catch (FormatException)
        {
            throw CliException.Usage("The account key is not base64.");
        }
    }
}
