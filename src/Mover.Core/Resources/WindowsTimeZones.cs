using System.Collections.Frozen;

namespace Mover.Core.Resources;

/// <summary>
/// Windows names of time zones, which the API speaks, for the IANA names that hosts use. The runtime's own conversion needs ICU, which
/// these programs run without. Source: Unicode CLDR, "windowsZones".
/// </summary>
public static class WindowsTimeZones
{
    private const string Table = """
        Dateline Standard Time: Etc/GMT+12
        UTC-11: Etc/GMT+11 Pacific/Pago_Pago Pacific/Niue Pacific/Midway Pacific/Samoa US/Samoa
        Aleutian Standard Time: America/Adak America/Atka US/Aleutian
        Hawaiian Standard Time: Pacific/Honolulu Pacific/Rarotonga Pacific/Tahiti Pacific/Johnston Etc/GMT+10 HST US/Hawaii
        Marquesas Standard Time: Pacific/Marquesas
        Alaskan Standard Time: America/Anchorage America/Juneau America/Metlakatla America/Nome America/Sitka America/Yakutat US/Alaska
        UTC-09: Etc/GMT+9 Pacific/Gambier
        Pacific Standard Time (Mexico): America/Tijuana America/Ensenada America/Santa_Isabel Mexico/BajaNorte
        UTC-08: Etc/GMT+8 Pacific/Pitcairn
        Pacific Standard Time: America/Los_Angeles US/Pacific PST8PDT
        British Columbia Standard Time: America/Vancouver Canada/Pacific
        US Mountain Standard Time: America/Phoenix America/Creston America/Dawson_Creek America/Fort_Nelson America/Hermosillo Etc/GMT+7
          MST US/Arizona
        Mountain Standard Time (Mexico): America/Mazatlan Mexico/BajaSur
        Mountain Standard Time: America/Denver America/Cambridge_Bay America/Boise America/Ciudad_Juarez
          America/Shiprock US/Mountain Navajo MST7MDT
        Alberta Standard Time: America/Edmonton America/Inuvik America/Yellowknife Canada/Mountain
        Yukon Standard Time: America/Whitehorse America/Dawson Canada/Yukon
        Central America Standard Time: America/Guatemala America/Belize America/Costa_Rica America/El_Salvador America/Tegucigalpa
          America/Managua Pacific/Galapagos Etc/GMT+6
        Central Standard Time: America/Chicago America/Rankin_Inlet America/Resolute America/Matamoros America/Ojinaga
          America/Indiana/Knox America/Indiana/Tell_City America/Menominee America/North_Dakota/Beulah America/North_Dakota/Center
          America/North_Dakota/New_Salem US/Central CST6CDT America/Knox_IN US/Indiana-Starke
        Manitoba Standard Time: America/Winnipeg America/Rainy_River Canada/Central
        Easter Island Standard Time: Pacific/Easter Chile/EasterIsland
        Central Standard Time (Mexico): America/Mexico_City America/Bahia_Banderas America/Merida America/Monterrey America/Chihuahua
          Mexico/General
        Canada Central Standard Time: America/Regina America/Swift_Current Canada/Saskatchewan
        SA Pacific Standard Time: America/Bogota America/Rio_Branco America/Coral_Harbour America/Atikokan America/Guayaquil
          America/Jamaica America/Cayman America/Panama America/Lima America/Eirunepe America/Porto_Acre Jamaica Brazil/Acre EST Etc/GMT+5
        Eastern Standard Time (Mexico): America/Cancun
        Eastern Standard Time: America/New_York America/Nassau America/Toronto America/Iqaluit America/Detroit America/Indiana/Petersburg
          America/Indiana/Vincennes America/Indiana/Winamac America/Kentucky/Monticello America/Louisville America/Kentucky/Louisville
          America/Montreal America/Nipigon America/Pangnirtung America/Thunder_Bay US/Eastern US/Michigan Canada/Eastern EST5EDT
        Haiti Standard Time: America/Port-au-Prince
        Cuba Standard Time: America/Havana Cuba
        US Eastern Standard Time: America/Indianapolis America/Indiana/Indianapolis America/Indiana/Marengo America/Indiana/Vevay
          America/Fort_Wayne US/East-Indiana
        Turks And Caicos Standard Time: America/Grand_Turk
        Paraguay Standard Time: America/Asuncion
        Atlantic Standard Time: America/Halifax Atlantic/Bermuda America/Glace_Bay America/Goose_Bay America/Moncton America/Thule
          Canada/Atlantic
        Venezuela Standard Time: America/Caracas
        Central Brazilian Standard Time: America/Cuiaba America/Campo_Grande
        SA Western Standard Time: America/La_Paz America/Antigua America/Anguilla America/Aruba America/Barbados America/St_Barthelemy
          America/Kralendijk America/Manaus America/Boa_Vista America/Porto_Velho America/Blanc-Sablon America/Curacao America/Dominica
          America/Santo_Domingo America/Grenada America/Guadeloupe America/Guyana America/St_Kitts America/St_Lucia America/Marigot
          America/Martinique America/Montserrat America/Puerto_Rico America/Lower_Princes America/Port_of_Spain America/St_Vincent
          America/Tortola America/St_Thomas America/Virgin Brazil/West Etc/GMT+4
        Pacific SA Standard Time: America/Santiago Chile/Continental
        Newfoundland Standard Time: America/St_Johns Canada/Newfoundland
        Tocantins Standard Time: America/Araguaina
        E. South America Standard Time: America/Sao_Paulo Brazil/East
        SA Eastern Standard Time: America/Cayenne Antarctica/Rothera Antarctica/Palmer America/Fortaleza America/Belem America/Maceio
          America/Recife America/Santarem Atlantic/Stanley America/Paramaribo Etc/GMT+3
        Argentina Standard Time: America/Buenos_Aires America/Argentina/Buenos_Aires America/Argentina/La_Rioja
          America/Argentina/Rio_Gallegos America/Argentina/Salta America/Argentina/San_Juan America/Argentina/San_Luis
          America/Argentina/Tucuman America/Argentina/Ushuaia America/Argentina/Catamarca America/Argentina/Cordoba
          America/Argentina/Jujuy America/Argentina/Mendoza America/Catamarca America/Cordoba America/Jujuy America/Mendoza America/Rosario
          America/Argentina/ComodRivadavia
        Montevideo Standard Time: America/Montevideo
        Magallanes Standard Time: America/Punta_Arenas America/Coyhaique
        Greenland Standard Time: America/Godthab America/Nuuk
        Saint Pierre Standard Time: America/Miquelon
        Bahia Standard Time: America/Bahia
        UTC-02: Etc/GMT+2 America/Noronha Atlantic/South_Georgia Brazil/DeNoronha
        Azores Standard Time: Atlantic/Azores America/Scoresbysund
        Cape Verde Standard Time: Atlantic/Cape_Verde Etc/GMT+1
        UTC: Etc/UTC UTC Etc/GMT Etc/UCT Etc/Universal Etc/Zulu Etc/Greenwich Etc/GMT0 Etc/GMT+0 Etc/GMT-0 GMT GMT0 UCT Universal Zulu
          Greenwich
        GMT Standard Time: Europe/London Atlantic/Canary Atlantic/Faeroe Atlantic/Faroe Europe/Guernsey Europe/Dublin Europe/Isle_of_Man
          Europe/Jersey Europe/Lisbon Atlantic/Madeira Europe/Belfast GB GB-Eire Eire Portugal WET
        Greenwich Standard Time: Atlantic/Reykjavik Africa/Ouagadougou Africa/Abidjan Africa/Accra Africa/Banjul Africa/Conakry
          Africa/Bissau Africa/Monrovia Africa/Bamako Africa/Nouakchott Africa/Freetown Africa/Dakar Africa/Lome Africa/Timbuktu
          Atlantic/St_Helena Iceland America/Danmarkshavn
        Sao Tome Standard Time: Africa/Sao_Tome
        Morocco Standard Time: Africa/Casablanca Africa/El_Aaiun
        W. Europe Standard Time: Europe/Berlin Europe/Andorra Europe/Vienna Europe/Zurich Europe/Busingen Europe/Gibraltar Europe/Rome
          Europe/Vaduz Europe/Luxembourg Europe/Monaco Europe/Malta Europe/Amsterdam Europe/Oslo Europe/Stockholm Europe/San_Marino
          Europe/Vatican Arctic/Longyearbyen Atlantic/Jan_Mayen
        Central Europe Standard Time: Europe/Budapest Europe/Tirane Europe/Prague Europe/Podgorica Europe/Belgrade Europe/Ljubljana
          Europe/Bratislava
        Romance Standard Time: Europe/Paris Europe/Brussels Europe/Copenhagen Europe/Madrid Africa/Ceuta CET MET
        Central European Standard Time: Europe/Warsaw Europe/Sarajevo Europe/Zagreb Europe/Skopje Poland
        W. Central Africa Standard Time: Africa/Lagos Africa/Luanda Africa/Porto-Novo Africa/Kinshasa Africa/Bangui Africa/Brazzaville
          Africa/Douala Africa/Algiers Africa/Libreville Africa/Malabo Africa/Niamey Africa/Ndjamena Africa/Tunis Etc/GMT-1
        Jordan Standard Time: Asia/Amman
        GTB Standard Time: Europe/Bucharest Europe/Athens Asia/Nicosia Asia/Famagusta Europe/Nicosia EET
        Middle East Standard Time: Asia/Beirut
        Egypt Standard Time: Africa/Cairo Egypt
        E. Europe Standard Time: Europe/Chisinau Europe/Tiraspol
        Syria Standard Time: Asia/Damascus
        West Bank Standard Time: Asia/Hebron Asia/Gaza
        South Africa Standard Time: Africa/Johannesburg Africa/Bujumbura Africa/Gaborone Africa/Lubumbashi Africa/Maseru Africa/Blantyre
          Africa/Maputo Africa/Kigali Africa/Mbabane Africa/Lusaka Africa/Harare Etc/GMT-2
        FLE Standard Time: Europe/Kiev Europe/Kyiv Europe/Mariehamn Europe/Sofia Europe/Tallinn Europe/Helsinki Europe/Vilnius
          Europe/Riga Europe/Uzhgorod Europe/Zaporozhye
        Israel Standard Time: Asia/Jerusalem Asia/Tel_Aviv Israel
        South Sudan Standard Time: Africa/Juba
        Kaliningrad Standard Time: Europe/Kaliningrad
        Sudan Standard Time: Africa/Khartoum
        Libya Standard Time: Africa/Tripoli Libya
        Namibia Standard Time: Africa/Windhoek
        Arabic Standard Time: Asia/Baghdad
        Turkey Standard Time: Europe/Istanbul Asia/Istanbul Turkey
        Arab Standard Time: Asia/Riyadh Asia/Bahrain Asia/Kuwait Asia/Qatar Asia/Aden
        Belarus Standard Time: Europe/Minsk
        Russian Standard Time: Europe/Moscow Europe/Kirov Europe/Simferopol W-SU
        E. Africa Standard Time: Africa/Nairobi Antarctica/Syowa Africa/Djibouti Africa/Asmera Africa/Asmara Africa/Addis_Ababa
          Indian/Comoro Indian/Antananarivo Africa/Mogadishu Africa/Dar_es_Salaam Africa/Kampala Indian/Mayotte Etc/GMT-3
        Iran Standard Time: Asia/Tehran Iran
        Arabian Standard Time: Asia/Dubai Asia/Muscat Etc/GMT-4
        Astrakhan Standard Time: Europe/Astrakhan Europe/Ulyanovsk
        Azerbaijan Standard Time: Asia/Baku
        Russia Time Zone 3: Europe/Samara
        Mauritius Standard Time: Indian/Mauritius Indian/Reunion Indian/Mahe
        Saratov Standard Time: Europe/Saratov
        Georgian Standard Time: Asia/Tbilisi
        Volgograd Standard Time: Europe/Volgograd
        Caucasus Standard Time: Asia/Yerevan
        Afghanistan Standard Time: Asia/Kabul
        West Asia Standard Time: Asia/Tashkent Antarctica/Mawson Asia/Oral Asia/Aqtau Asia/Aqtobe Asia/Atyrau Asia/Almaty Asia/Qostanay
          Indian/Maldives Indian/Kerguelen Asia/Dushanbe Asia/Ashgabat Asia/Ashkhabad Asia/Samarkand Etc/GMT-5
        Ekaterinburg Standard Time: Asia/Yekaterinburg
        Pakistan Standard Time: Asia/Karachi
        Qyzylorda Standard Time: Asia/Qyzylorda
        India Standard Time: Asia/Calcutta Asia/Kolkata
        Sri Lanka Standard Time: Asia/Colombo
        Nepal Standard Time: Asia/Katmandu Asia/Kathmandu
        Central Asia Standard Time: Asia/Bishkek Antarctica/Vostok Asia/Urumqi Asia/Kashgar Indian/Chagos Etc/GMT-6
        Bangladesh Standard Time: Asia/Dhaka Asia/Dacca Asia/Thimphu Asia/Thimbu
        Omsk Standard Time: Asia/Omsk
        Myanmar Standard Time: Asia/Rangoon Asia/Yangon Indian/Cocos
        SE Asia Standard Time: Asia/Bangkok Antarctica/Davis Indian/Christmas Asia/Jakarta Asia/Pontianak Asia/Phnom_Penh Asia/Vientiane
          Asia/Saigon Asia/Ho_Chi_Minh Etc/GMT-7
        Altai Standard Time: Asia/Barnaul
        W. Mongolia Standard Time: Asia/Hovd
        North Asia Standard Time: Asia/Krasnoyarsk Asia/Novokuznetsk
        N. Central Asia Standard Time: Asia/Novosibirsk
        Tomsk Standard Time: Asia/Tomsk
        China Standard Time: Asia/Shanghai Asia/Hong_Kong Asia/Macau Asia/Macao Asia/Chongqing Asia/Chungking Asia/Harbin PRC Hongkong
        North Asia East Standard Time: Asia/Irkutsk
        Singapore Standard Time: Asia/Singapore Asia/Brunei Asia/Makassar Asia/Ujung_Pandang Asia/Kuala_Lumpur Asia/Kuching Asia/Manila
          Singapore Etc/GMT-8
        W. Australia Standard Time: Australia/Perth Australia/West
        Taipei Standard Time: Asia/Taipei ROC
        Ulaanbaatar Standard Time: Asia/Ulaanbaatar Asia/Ulan_Bator Asia/Choibalsan
        Aus Central W. Standard Time: Australia/Eucla
        Transbaikal Standard Time: Asia/Chita
        Tokyo Standard Time: Asia/Tokyo Asia/Jayapura Pacific/Palau Asia/Dili Japan Etc/GMT-9
        North Korea Standard Time: Asia/Pyongyang
        Korea Standard Time: Asia/Seoul ROK
        Yakutsk Standard Time: Asia/Yakutsk Asia/Khandyga
        Cen. Australia Standard Time: Australia/Adelaide Australia/Broken_Hill Australia/South Australia/Yancowinna
        AUS Central Standard Time: Australia/Darwin Australia/North
        E. Australia Standard Time: Australia/Brisbane Australia/Lindeman Australia/Queensland
        AUS Eastern Standard Time: Australia/Sydney Australia/Melbourne Australia/ACT Australia/Canberra Australia/NSW Australia/Victoria
        West Pacific Standard Time: Pacific/Port_Moresby Antarctica/DumontDUrville Pacific/Truk Pacific/Chuuk Pacific/Yap Pacific/Guam
          Pacific/Saipan Etc/GMT-10
        Tasmania Standard Time: Australia/Hobart Australia/Currie Antarctica/Macquarie Australia/Tasmania
        Vladivostok Standard Time: Asia/Vladivostok Asia/Ust-Nera
        Lord Howe Standard Time: Australia/Lord_Howe Australia/LHI
        Bougainville Standard Time: Pacific/Bougainville
        Russia Time Zone 10: Asia/Srednekolymsk
        Magadan Standard Time: Asia/Magadan
        Norfolk Standard Time: Pacific/Norfolk
        Sakhalin Standard Time: Asia/Sakhalin
        Central Pacific Standard Time: Pacific/Guadalcanal Antarctica/Casey Pacific/Ponape Pacific/Pohnpei Pacific/Kosrae Pacific/Noumea
          Pacific/Efate Etc/GMT-11
        Russia Time Zone 11: Asia/Kamchatka Asia/Anadyr
        New Zealand Standard Time: Pacific/Auckland Antarctica/McMurdo Antarctica/South_Pole NZ
        UTC+12: Etc/GMT-12 Pacific/Tarawa Pacific/Majuro Pacific/Kwajalein Pacific/Nauru Pacific/Funafuti Pacific/Wake Pacific/Wallis
          Kwajalein
        Fiji Standard Time: Pacific/Fiji
        Chatham Islands Standard Time: Pacific/Chatham NZ-CHAT
        UTC+13: Etc/GMT-13 Pacific/Enderbury Pacific/Kanton Pacific/Fakaofo
        Tonga Standard Time: Pacific/Tongatapu
        Samoa Standard Time: Pacific/Apia
        Line Islands Standard Time: Pacific/Kiritimati Etc/GMT-14
        """;

    private static readonly FrozenDictionary<string, string> ByIana = Read();

    /// <summary>The Windows name of a zone: its own when it is one already, UTC when nobody knows it.</summary>
    public static string NameOf(string id) =>
        ByIana.TryGetValue(id, out var windows) ? windows : ByIana.Values.FirstOrDefault(known => known == id) ?? "UTC";

    // A line names a Windows zone and its IANA names; one without a colon goes on with the last.
    private static FrozenDictionary<string, string> Read()
    {
        var zones = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var windows = string.Empty;
        foreach (var line in Table.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var cut = line.IndexOf(": ", StringComparison.Ordinal);
            windows = cut < 0 ? windows : line[..cut];
            foreach (var iana in line[(cut < 0 ? 0 : cut + 2)..].Split(' '))
            {
                zones.Add(iana, windows);
            }
        }

        return zones.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }
}
