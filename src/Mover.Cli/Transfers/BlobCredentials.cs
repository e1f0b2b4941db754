using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Volumes.AzureBlob;

namespace Mover.Cli.Transfers;

/// <summary>How the command line is let into a storage account. Never an argument: a SAS in a URL is taken, with a warning.</summary>
internal sealed class BlobCredentials
{
    private readonly Option<string?> _sasFile = new("--sas-file")
    {
        Description = "File that holds a SAS for the container [env: MOVER_SAS holds the SAS itself].",
        HelpName = "file",
    };
    private readonly Option<string?> _keyFile = new("--key-file")
    {
        Description = "File that holds the account key [env: MOVER_ACCOUNT_KEY holds the key itself].",
        HelpName = "file",
    };

    public void AddTo(Command command)
    {
        command.Add(_sasFile);
        command.Add(_keyFile);
    }

    public BlobCredential Read(ParseResult parsed, Terminal terminal, BlobLocation location)
    {
        if (location.Sas.Length > 0)
        {
            terminal.Error.WriteLine(
                "mover: the SAS stands in the arguments, where every user of this machine can read it. Use MOVER_SAS or "
                    + "--sas-file instead.");
            return new SasCredential(location.Sas);
        }

        if (parsed.GetValue(_sasFile) is { } sasFile)
        {
            return new SasCredential(Secrets.ReadFile(sasFile, "SAS"));
        }

        if (parsed.GetValue(_keyFile) is { } keyFile)
        {
            return OfKey(terminal, location, Secrets.ReadFile(keyFile, "account key"));
        }

        if (terminal.Environment("MOVER_SAS") is { Length: > 0 } sas)
        {
            return new SasCredential(sas);
        }

        return terminal.Environment("MOVER_ACCOUNT_KEY") is { Length: > 0 } key
            ? OfKey(terminal, location, key)
            : throw CliException.Usage(
                $"Nothing lets the program into '{location}'.",
                "Give a SAS (MOVER_SAS or --sas-file) or the account key (MOVER_ACCOUNT_KEY or --key-file).");
    }

    private static SharedKeyCredential OfKey(Terminal terminal, BlobLocation location, string key)
    {
        try
        {
            return new(location.Address.Account, key, terminal.Clock);
        }
        catch (FormatException)
        {
            throw CliException.Usage("The account key is not base64.");
        }
    }
}
