using System.Globalization;

namespace Mover.Volumes.AzureBlob;

/// <summary>What to do about a refusal of the service. Pure.</summary>
internal static class BlobAdvice
{
    /// <summary>The service allows 15 minutes to the clock of the signer; less is not worth a word.</summary>
    private static readonly TimeSpan SkewMax = TimeSpan.FromMinutes(5);

    /// <summary>The advice; null when the code says all that is known.</summary>
    /// <param name="code">The service's error code; empty when it gave none.</param>
    /// <param name="validity">From when until when the credential says that it is valid; null where it does not say.</param>
    /// <param name="serviceNow">The service's clock.</param>
    /// <param name="now">This host's clock.</param>
    public static string? Of(
        string code, (DateTimeOffset? From, DateTimeOffset? Until) validity, DateTimeOffset serviceNow, DateTimeOffset now)
    {
        if (code is "" or "AuthenticationFailed" or "AuthorizationFailure" or "InvalidAuthenticationInfo" or "RequestTimeTooSkewed")
        {
            if (validity.Until <= serviceNow)
            {
                return $"The SAS expired at {Time(validity.Until)}. Create a new one.";
            }

            if (validity.From > serviceNow)
            {
                return $"The SAS is not valid before {Time(validity.From)}, but the service's clock shows {Time(serviceNow)}. "
                    + "Create one that starts earlier.";
            }

            if ((now - serviceNow).Duration() > SkewMax)
            {
                var side = now > serviceNow ? "ahead of" : "behind";
                return $"This host's clock is {Span((now - serviceNow).Duration())} {side} the service's. Synchronize it, "
                    + "for example with NTP.";
            }
        }

        return code switch
        {
            "AuthenticationFailed" => "Check that the SAS or account key is complete and belongs to this account.",
            "InvalidAuthenticationInfo" => "Check that the identity and its token belong to the account's tenant.",
            "AuthorizationSourceIPMismatch" => "The SAS is limited to other IP addresses. Create one that allows this host's address.",
            "AuthorizationProtocolMismatch" => "The SAS allows only https. Use an https URL.",
            "AuthorizationPermissionMismatch" =>
                "The SAS or role does not grant enough permissions. A source needs read and list; a target needs read, add, create, "
                    + "write, delete and list.",
            "AuthorizationServiceMismatch" or "AuthorizationResourceTypeMismatch" =>
                "The SAS is for another resource. Create one for the container, or for the Blob service with containers and objects.",
            "AuthorizationFailure" =>
                "Check the SAS or account key, and whether the account's network rules allow this host.",
            "PublicAccessNotPermitted" or "NoAuthenticationInformation" =>
                "The container does not allow anonymous access. Use a SAS or an account key.",
            "KeyBasedAuthenticationNotPermitted" =>
                "The account does not allow account keys. Use a user delegation SAS or an Azure identity.",
            "AccountIsDisabled" => "The storage account is disabled. Ask its owner.",
            _ => null,
        };
    }

    private static string Time(DateTimeOffset? time) => time?.ToString("u", CultureInfo.InvariantCulture) ?? "";

    private static string Span(TimeSpan span) => span.TotalHours >= 2 ? $"{span.TotalHours:F0} hours" : $"{span.TotalMinutes:F0} minutes";
}
