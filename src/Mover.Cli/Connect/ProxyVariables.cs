using Mover.Cli.Frame;

namespace Mover.Cli.Connect;

/// <summary>
/// The variables that name a proxy. The runtime ignores one that is not the address of a proxy, and then everything would go past the proxy
/// that was meant.
/// </summary>
internal static class ProxyVariables
{
    // The first of a line that is set counts; ALL_PROXY stands in for either.
    private static readonly (string Scheme, string[] Names)[] Variables =
    [
        ("https", ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]),
        ("http", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"]),
    ];

    /// <summary>Throws <see cref="CliException"/> when a variable is set and names no proxy.</summary>
    public static void Check()
    {
        if (IsSet("no_proxy", '*') || IsSet("NO_PROXY", '*'))
        {
            return;
        }

        foreach (var (scheme, names) in Variables)
        {
            if (Array.Find(names, name => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name))) is { } set
                && HttpClient.DefaultProxy.GetProxy(new($"{scheme}://any.invalid/")) is null)
            {
                throw CliException.Usage(
                    $"{set} is not a valid proxy address.", "Set it to http://HOST:PORT, or unset it to connect without a proxy.");
            }
        }
    }

    private static bool IsSet(string name, char to) => Environment.GetEnvironmentVariable(name)?.Contains(to) == true;
}
