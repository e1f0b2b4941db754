using System.Buffers.Text;
using System.Text.RegularExpressions;
using Mover.Core.Arm;
using Mover.Core.Resources;

namespace Mover.Core.Rules;

/// <summary>What a PUT of a storage account registration may ask, and what becomes of it. Pure.</summary>
public static partial class StorageAccountRules
{
    /// <summary>What a PATCH may change.</summary>
    public static readonly ResourcePatch Patch = new(["primaryEndpoints"], [], ["tags", "sku", "kind"]);

    private const int KeyBytesMin = 16;
    private const int KeyBytesMax = 256;
    private const int KeyCharsMax = 512;

    private static readonly string[] Kinds = ["StorageV2", "Storage", "BlobStorage", "BlockBlobStorage", "FileStorage"];

    private static readonly string[] Skus =
    [
        "Standard_LRS", "Standard_ZRS", "Standard_GRS", "Standard_RAGRS", "Standard_GZRS", "Standard_RAGZRS", "Premium_LRS", "Premium_ZRS",
        "StandardV2_LRS", "StandardV2_ZRS", "StandardV2_GRS", "StandardV2_GZRS", "PremiumV2_LRS", "PremiumV2_ZRS",
    ];

    /// <summary>
    /// The resource to keep, or everything that is wrong with it. Endpoints that are not given stay as they were; a new account's are
    /// Azure's. Whether a key is set survives every PUT.
    /// </summary>
    public static Result<StorageAccount> Put(ResourceId id, StorageAccount? before, StorageAccount wanted, RuleContext context)
    {
        if (!Names().IsMatch(id.Name))
        {
            return ArmErrors.AccountNameInvalid(id.Name);
        }

        var problems = new Problems();
        var location = Tracked.Location(problems, before?.Location, wanted.Location);
        var tags = Tracked.Tags(problems, wanted.Tags);
        problems.Required("sku.name", wanted.Sku?.Name);
        var sku = problems.Known("sku.name", string.IsNullOrWhiteSpace(wanted.Sku?.Name) ? null : wanted.Sku.Name, Skus);
        var kind = problems.Known("kind", wanted.Kind ?? before?.Kind ?? Kinds[0], Kinds);
        var given = wanted.Properties?.PrimaryEndpoints;
        var services = given is null
            ? before?.Properties?.PrimaryEndpoints ?? AzureServices(id.Name)
            : new StorageServices(
                Service(problems, "blob", given.Blob), Service(problems, "file", given.File), Service(problems, "dfs", given.Dfs));
        CheckOwner(problems, id.Name, services.Blob);
        if (problems.Refusal is { } refusal)
        {
            return refusal;
        }

        return new StorageAccount
        {
            Id = id.Text,
            Name = id.Name,
            Type = id.Type,
            Location = location,
            Tags = tags,
            Sku = new(sku, sku?.Split('_')[0].Replace("V2", string.Empty, StringComparison.Ordinal)),
            Kind = kind,
            Properties = new()
            {
                PrimaryEndpoints = services.Blob is null ? services with { Blob = AzureServices(id.Name).Blob } : services,
                PrimaryLocation = location,
                KeyIsSet = before?.Properties?.KeyIsSet ?? false,
                CreationTime = before?.Properties?.CreationTime ?? context.Now,
                ProvisioningState = ProvisioningStates.Succeeded,
            },
        };
    }

    /// <summary>Null for an account key as Azure Storage gives them: base64 of 16 to 256 bytes (64 today).</summary>
    public static ArmError? CheckKey(string? key)
    {
        var isKey = key is { Length: > 0 and <= KeyCharsMax }
            && Base64.IsValid(key, out var bytes)
            && bytes is >= KeyBytesMin and <= KeyBytesMax;
        return isKey ? null : ArmErrors.InvalidProperty("key", "The property 'key' is required and must be a base64 account key.");
    }

    /// <summary>
    /// The account's name as its service knows it: signatures name it. The first segment of a path-style endpoint
    /// (<c>http://127.0.0.1:10000/devstoreaccount1/</c>), otherwise the first label of its host
    /// (<c>https://name.blob.core.windows.net/</c>).
    /// </summary>
    public static string NameInService(string blobEndpoint, string name)
    {
        if (!Uri.TryCreate(blobEndpoint, UriKind.Absolute, out var address))
        {
            return name;
        }

        var path = address.AbsolutePath.Trim('/');
        return path.Length > 0 ? path.Split('/')[0]
            : address.HostNameType != UriHostNameType.Dns || !address.Host.Contains('.', StringComparison.Ordinal) ? name
            : address.Host.Split('.')[0];
    }

    // In Azure an account's name is its host's first label: under another name it would be an alias of somebody's account.
    private static void CheckOwner(Problems problems, string name, string? blobEndpoint)
    {
        if (Uri.TryCreate(blobEndpoint, UriKind.Absolute, out var address)
            && BlobServices.AccountOf(address.IdnHost) is { } account && account != name)
        {
            problems.Add("properties.primaryEndpoints.blob",
                $"'{address.IdnHost}' belongs to the account '{account}'; register it under that name.");
        }
    }

    private static StorageServices AzureServices(string name) => new(
        $"https://{name}.blob.core.windows.net/", $"https://{name}.file.core.windows.net/", $"https://{name}.dfs.core.windows.net/");

    private static string? Service(Problems problems, string service, string? given)
    {
        if (given is null)
        {
            return null;
        }

        // The parser trims white space and drops line ends; what is stored would not be what was judged.
        var isAddress = given.Length <= Limits.PathCharsMax && !given.Any(c => char.IsWhiteSpace(c) || char.IsControl(c))
            && Uri.TryCreate(given, UriKind.Absolute, out var address)
            && (address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp)
            && address is { Query: "", Fragment: "", UserInfo: "" };
        if (!isAddress)
        {
            problems.Add(
                $"properties.primaryEndpoints.{service}",
                "An endpoint must be an absolute http or https URL without user info, query, fragment or white space.");
        }

        return given.EndsWith('/') ? given : given + "/";
    }

    // Source: Azure Storage's naming rule.
    [GeneratedRegex(@"\A[a-z0-9]{3,24}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Names();
}
