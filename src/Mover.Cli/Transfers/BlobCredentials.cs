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

    private readonly Option<bool> _allowHttp = new("--allow-http")
    {
        Description = "Send the SAS or signature to another machine without TLS as well; everyone on the way can read it.",
    };

    public void AddTo(Command command)
    {
        command.Add(_allowHttp);
        command.Add(_sasFile);
        command.Add(_keyFile);
    }

    public BlobCredential Read(ParseResult parsed, Terminal terminal, BlobLocation location)
    {
        var to = BlobDestinations.Only(location.Address, parsed.GetValue(_allowHttp));
        if (location.Sas.Length > 0)
        {
            terminal.Error.WriteLine(
                "mover: the SAS stands in the arguments, where every user of this machine can read it. Use MOVER_SAS or "
                    + "--sas-file instead.");
            return new SasCredential(location.Sas, to);
        }

        if (parsed.GetValue(_sasFile) is { } sasFile)
        {
            return new SasCredential(Secrets.ReadFile(sasFile, "SAS"), to);
        }

        if (parsed.GetValue(_keyFile) is { } keyFile)
        {
            return OfKey(terminal, location, Secrets.ReadFile(keyFile, "account key"), to);
        }

        if (terminal.Environment("MOVER_SAS") is { Length: > 0 } sas)
        {
            return new SasCredential(sas, to);
        }

        return terminal.Environment("MOVER_ACCOUNT_KEY") is { Length: > 0 } key
            ? OfKey(terminal, location, key, to)
            : throw CliException.Usage(
                $"Nothing lets the program into '{location}'.",
                "Give a SAS (MOVER_SAS or --sas-file) or the account key (MOVER_ACCOUNT_KEY or --key-file).");
    }

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
