using System.Text.RegularExpressions;
using Mover.State.Documents;

namespace Mover.Server.Vault;

/// <summary>The name of a secret in a vault. Names compare without case. Source: Key Vault's naming rules.</summary>
/// <param name="Vault">3 to 24 letters, digits and hyphens, starting with a letter; or <see cref="AccountKeys"/>.</param>
/// <param name="Name">1 to 127 letters, digits and hyphens.</param>
internal readonly partial record struct SecretId(string Vault, string Name)
{
    /// <summary>The vault of the control plane's own secrets; its name cannot be written in a request.</summary>
    public const string AccountKeys = "$accounts";

    /// <summary>What vault names look like.</summary>
    public const string VaultPattern = "^[A-Za-z](?!.*--)[A-Za-z0-9-]{1,22}[A-Za-z0-9]$";

    /// <summary>What secret names look like.</summary>
    public const string NamePattern = "^[A-Za-z0-9-]{1,127}$";

    /// <summary>Where the secret is in the state store.</summary>
    public DocumentKey Key => DocumentKey.Internal("vaults", Vault, Name);

    /// <summary>Where a vault's secrets are in the state store.</summary>
    public static DocumentKey Place(string vault) => DocumentKey.Internal("vaults", vault);

    /// <summary>True for a name that a vault may have.</summary>
    public static bool IsVault(string vault) => VaultNames().IsMatch(vault);

    /// <summary>True for a name that a secret may have.</summary>
    public static bool IsName(string name) => SecretNames().IsMatch(name);

    /// <summary>What a sealed value is bound to: place and version.</summary>
    public string SealId(string version) => $"{Key.Stored}/{version}";

    [GeneratedRegex(VaultPattern, RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex VaultNames();

    [GeneratedRegex(NamePattern, RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex SecretNames();
}
