using System.Globalization;
using System.Text.RegularExpressions;
using Mover.Core.Arm;
using Mover.Server.StorageAccounts;
using Mover.State.Documents;

namespace Mover.Server.Documents;

/// <summary>The name of a secret in a vault. Names compare without case. Source: Key Vault's naming rules.</summary>
internal readonly partial record struct SecretId
{
    /// <summary>What vault names look like, as answers show it.</summary>
    public const string VaultPattern = "^[A-Za-z](?!.*--)[A-Za-z0-9-]{1,22}[A-Za-z0-9]$";

    /// <summary>What secret names look like, as answers show it.</summary>
    public const string NamePattern = "^[A-Za-z0-9-]{1,127}$";

    /// <summary>The area of account keys in the state store: no vault can be named so, and a deleted group takes its part along.</summary>
    public static readonly MirroredArea AccountKeys = new("accountkeys");

    /// <summary>Every place in the state store that holds sealed values.</summary>
    public static readonly IReadOnlyList<string> Places = [NewestPlace, OldPlace, AccountKeys.Name];

    private const string NewestPlace = "vaults";
    private const string OldPlace = "vaultversions";

    private SecretId(string vault, string name, DocumentKey key) => (Vault, Name, Key) = (vault, name, key);

    /// <summary>The vault.</summary>
    public string Vault { get; }

    /// <summary>The secret's own name.</summary>
    public string Name { get; }

    /// <summary>Where the secret is in the state store.</summary>
    public DocumentKey Key { get; }

    /// <summary>A secret of a vault; both names have been checked.</summary>
    public static SecretId Of(string vault, string name) => new(vault, name, DocumentKey.Internal(NewestPlace, vault, name));

    /// <summary>
    /// The key of a registered account. When it was registered is part of the name, so that one registered again does not find its
    /// predecessor's key.
    /// </summary>
    public static SecretId OfAccount(ResourceId account, DateTimeOffset registered)
    {
        var instance = registered.UtcTicks.ToString(CultureInfo.InvariantCulture);
        return new("accounts", account.Name, AccountKeys.KeyOf(account.Child("keys", instance)));
    }

    /// <summary>Where a vault's secrets are in the state store.</summary>
    public static DocumentKey Place(string vault) => DocumentKey.Internal(NewestPlace, vault);

    /// <summary>True for one of a vault, false for the key of an account, which has no versions.</summary>
    public bool IsInVault => Key.Stored.StartsWith(NewestPlace + "/", StringComparison.Ordinal);

    /// <summary>Where the versions before the newest are in the state store.</summary>
    public DocumentKey OlderPlace => DocumentKey.Internal(OldPlace, Vault, Name);

    /// <summary>Where one of them is.</summary>
    public DocumentKey OlderKey(string version) => DocumentKey.Internal(OldPlace, Vault, Name, version);

    /// <summary>True for a name that a vault may have.</summary>
    public static bool IsVault(string vault) => VaultNames().IsMatch(vault);

    /// <summary>True for a name that a secret may have.</summary>
    public static bool IsName(string name) => SecretNames().IsMatch(name);

    /// <summary>What a sealed value is bound to: place and version.</summary>
    public string SealId(string version) => $"{Key.Stored}/{version}";

    [GeneratedRegex(
        @"\A[A-Za-z](?!.*--)[A-Za-z0-9-]{1,22}[A-Za-z0-9]\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex VaultNames();

    [GeneratedRegex(@"\A[A-Za-z0-9-]{1,127}\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex SecretNames();
}
