/** Names that go together. Given names of women and men; `later` ones are for those born from 1975, where it matters. */
export interface Names {
  readonly women: readonly string[];
  readonly men: readonly string[];
  readonly laterWomen?: readonly string[];
  readonly laterMen?: readonly string[];
  readonly families: readonly string[];
  /** The languages (BCP 47) that some would rather speak, with their names. */
  readonly languages?: readonly (readonly [string, string])[];
}

const list = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Names by where a family has its roots; any combination is made up. */
export const NAMES = {
  british: {
    women: list(
      'Margaret Jean Patricia Sheila Maureen Barbara Dorothy Brenda Pauline Christine Linda Susan Carol Janet Lesley Valerie Gillian Elaine Denise Jacqueline Lorraine Beverley Hilary Rosemary',
    ),
    men: list(
      'John David Michael Peter Brian Keith Alan Raymond Derek Kenneth Terence Barry Roger Stephen Graham Trevor Malcolm Geoffrey Colin Philip Nigel Clive Gordon Leslie',
    ),
    laterWomen: list(
      'Danielle Gemma Kelly Stacey Natalie Rachel Hannah Chloe Jade Bethany Lauren Amy Leanne Samantha Megan Charlotte Sophie Ellie Paige Abigail Holly Rebecca Kirsty Tamsin Freya Niamh Rhiannon Zoe',
    ),
    laterMen: list(
      'Daniel Craig Lee Wayne Darren Gareth Liam Ryan Callum Jordan Connor Kieran Ashley Joshua Luke Nathan Adam Jamie Scott Rhys Toby Alfie Harrison Dominic Ewan Kyle Bradley Elliot',
    ),
    families: list(
      'Hargreaves Entwistle Ashworth Whittaker Ormerod Pickup Rigby Fairclough Birtwistle Sutcliffe Duckworth Holt Barlow Kershaw Halliwell Cartwright Tranter Hadley Perks Southall Grice Wooldridge Bayliss Tibbetts Cooksey Shakespeare Fellows Dunn Mole Priest Wakelam Hickman Oakley Pargeter Dyke Penny Venn Chidgey Coles Hawkins Tapp Burge Winter Stokes Wragg Marriott Brewin Clowes Topping Gott Fewlass Drewery Stathers Wardell Bilton Pearson Nicholson Graham Routledge Armstrong Tyson Postlethwaite Dixon Bell Fearon Kilburn Massey Molyneux Rimmer Leyland Sefton Blundell Lunt Wainwright Pritchard Davies Evans Roberts Hughes Thomas Lloyd Owen Reid Campbell Murray Bennett Foster Marsden Naylor Crossley Greenwood Bamford Hollis Sharpe Tyler Webb Yardley',
    ),
  },
  irish: {
    women: list('Bridget Mary Kathleen Noreen Eileen Siobhan Aoife Orla Sinead Ciara Roisin Grainne'),
    men: list('Patrick Sean Declan Brendan Kevin Michael Eoin Cormac Fergus Donal Niall Ronan'),
    families: list(
      'Murphy Kelly Byrne Gallagher Doherty McLoughlin Brennan Nolan Keane Hennessy Rafferty Tierney Mulligan Foley',
    ),
  },
  pakistani: {
    women: list('Shazia Nasreen Saima Rukhsana Fatima Aisha Zara Maryam Iqra Samina Hina Bushra Sadia Noor'),
    men: list('Imran Tariq Asif Nadeem Zubair Hamza Usman Bilal Adeel Kashif Waqas Faisal Yusuf Junaid'),
    families: list('Hussain Khan Mahmood Akhtar Iqbal Mirza Shah Rafiq Bashir Malik Qureshi Aslam Javed Butt'),
    languages: [
      ['ur', 'Urdu'],
      ['pa-PK', 'Punjabi'],
    ],
  },
  indian: {
    women: list('Harpreet Manjit Gurpreet Simran Jaspreet Priya Anjali Meena Kavita Sunita Nisha Kiran Rupinder Pooja'),
    men: list('Sukhdev Balbir Harjit Gurdeep Manpreet Amrit Rajesh Sanjay Vikram Anil Dinesh Nikhil Parminder Jagtar'),
    families: list(
      'Singh Kaur-Gill Sandhu Dhillon Bains Sidhu Grewal Johal Patel Sharma Mistry Chauhan Desai Parmar Solanki',
    ),
    languages: [
      ['pa', 'Punjabi'],
      ['gu', 'Gujarati'],
    ],
  },
  bangladeshi: {
    women: list('Rehana Shahida Nazma Taslima Farhana Rumana Jannat Sultana Halima Momtaz'),
    men: list('Abdul Rahim Shofiq Kamal Jamal Mizanur Habib Anwar Faruk Sajid'),
    families: list('Miah Begum-Ali Choudhury Uddin Rahman Islam Hoque Ahmed Alam Sarkar'),
    languages: [['syl', 'Sylheti']],
  },
  caribbean: {
    women: list('Marcia Yvonne Beverley Sonia Claudette Sharon Keisha Shanice Tanisha Monique Latoya Jasmine'),
    men: list('Winston Delroy Clifton Leroy Errol Marlon Dwayne Jermaine Tyrone Kemar Andre Curtis'),
    families: list(
      'Campbell Francis Grant Bailey Thompson Gordon Reid Dacosta Morrison Blake Henry Beckford Lewin Pinnock',
    ),
  },
  african: {
    women: list('Abena Chidinma Folake Ngozi Tendai Grace Blessing Amara Yewande Wanjiru Efua Rudo'),
    men: list('Kwame Emeka Tunde Chukwudi Tendai Samuel Kofi Babatunde Farai Emmanuel Sipho Kelechi'),
    families: list('Okafor Adeyemi Mensah Boateng Nwosu Moyo Ncube Eze Balogun Owusu Afolabi Chikwanda Achebe Sithole'),
    languages: [
      ['yo', 'Yoruba'],
      ['sn', 'Shona'],
    ],
  },
  somali: {
    women: list('Hodan Sahra Ifrah Khadra Faduma Asha Ayaan Hibo'),
    men: list('Abdi Mohamud Liban Guled Yusuf Warsame Ismail Farah'),
    families: list('Warsame Abdi Farah Hassan Jama Mohamed Ali Nur Osman Duale'),
    languages: [['so', 'Somali']],
  },
  arab: {
    women: list('Layla Rana Hala Amal Dina Yasmin Nour Salma'),
    men: list('Omar Khalid Samir Tarek Nabil Ziad Hassan Rami'),
    families: list('Haddad Al-Khatib Mansour Saleh Najjar Aziz Darwish Kassem'),
    languages: [['ar', 'Arabic']],
  },
  polish: {
    women: list('Agnieszka Katarzyna Magdalena Ewa Joanna Monika Zofia Karolina Beata Aleksandra'),
    men: list('Piotr Tomasz Marcin Krzysztof Pawel Grzegorz Jakub Mateusz Andrzej Dawid'),
    families: list('Nowak Kowalczyk Wojcik Mazur Krawczyk Zielinska Wrobel Pawlak Duda Sikora'),
    languages: [['pl', 'Polish']],
  },
  romanian: {
    women: list('Elena Ioana Andreea Mihaela Raluca Cristina Daniela Roxana'),
    men: list('Andrei Mihai Ionut Bogdan Florin Cristian Radu Vlad'),
    families: list('Popescu Ionescu Dumitru Stan Munteanu Radu Marin Lazar'),
    languages: [['ro', 'Romanian']],
  },
  chinese: {
    women: list('Mei Ling Xiuying Wai-Yee Jing Siu-Fong Lan Hui Yan Shu-Fen'),
    men: list('Wei Chi-Ming Jun Kwok-Wah Tao Hao Siu-Kei Ming Bo Zhen'),
    families: list('Chan Wong Lam Leung Cheung Zhang Li Wu Tang Lau'),
    languages: [
      ['yue', 'Cantonese'],
      ['cmn', 'Mandarin'],
    ],
  },
  ukrainian: {
    women: list('Oksana Olena Iryna Natalia Svitlana Kateryna Yuliia Halyna'),
    men: list('Oleksandr Andriy Dmytro Serhiy Taras Mykola Bohdan Vasyl'),
    families: list('Kovalenko Shevchenko Bondarenko Tkachenko Melnyk Kravchenko Boyko Marchenko'),
    languages: [['uk', 'Ukrainian']],
  },
} as const satisfies Record<string, Names>;

/** Where a family has its roots. */
export type Roots = keyof typeof NAMES;

/** How many of a hundred, roughly. */
export const ROOTS: Readonly<Record<Roots, number>> = {
  british: 66,
  irish: 4,
  pakistani: 6,
  indian: 5,
  bangladeshi: 2,
  caribbean: 4,
  african: 4,
  somali: 1,
  arab: 1.5,
  polish: 3,
  romanian: 1.5,
  chinese: 1,
  ukrainian: 1,
};

/** Streets, all made up; a house number comes before. */
export const STREETS = [
  'Alder Bank',
  'Bakehouse Lane',
  'Barley Croft',
  'Beaconsfield Rise',
  'Bellfounders Row',
  'Bramblings Close',
  'Canalside Walk',
  'Chapel Brow',
  'Clockmakers Yard',
  'Coppice View',
  'Cotton Weavers Street',
  'Cricketers Green',
  'Dewsnap Road',
  'Eastgate Terrace',
  'Fernhill Avenue',
  'Fiddlers Lane',
  'Furnace Hill',
  'Gasworks Street',
  'Goldfinch Way',
  'Hawthorn Drive',
  'High Meadow',
  'Ironmasters Way',
  'Jubilee Crescent',
  'Kestrel Court',
  'Lacemakers Place',
  'Larkrise',
  'Lime Tree Grove',
  'Long Acre Road',
  'Mafeking Terrace',
  'Mill Race',
  'Nailers Row',
  'Nightingale Close',
  'Old Tannery Lane',
  'Orchard Side',
  'Paddock Rise',
  'Pearmain Close',
  'Pithead Road',
  'Quarry Bank Street',
  'Railway Cottages',
  'Ropewalk',
  'Rowan Tree Road',
  'Saddlers Mews',
  'Saltbox Lane',
  'Shepherds Walk',
  'Spinners Fold',
  'St Hildas Road',
  'Swallowfield',
  'Teasel Way',
  'Threshers Yard',
  'Tramway Street',
  'Upper Croft',
  'Viaduct Road',
  'Walnut Close',
  'Waterloo Terrace',
  'Weir Street',
  'Wharfside',
  'Winding House Lane',
  'Windmill Rise',
  'Woodbine Street',
  'Yew Tree Gardens',
] as const;

/** General practices, all made up; the town comes before. */
export const PRACTICES = [
  'Meadow Lane Surgery',
  'Riverside Medical Centre',
  'The Old Bakery Practice',
  'Park View Surgery',
  'Station Road Medical Practice',
  'Hawthorn Health Centre',
  'St Bride’s Surgery',
  'Canal Street Practice',
  'Beech Tree Medical Centre',
  'Victoria Family Practice',
  'Lockside Surgery',
  'The Elms Medical Practice',
] as const;

/** Ways of living with others: a hostel or supported home, made up. */
export const SUPPORTED_HOMES = [
  'Linden House',
  'Ferry Lodge',
  'St Aidan’s Court',
  'The Maltings',
  'Cherry Tree House',
  'Harbour View',
  'Rosebank',
] as const;

/** Clinicians, all made up, who wrote plans or met patients. */
export const CLINICIANS = [
  'Adaeze Obi',
  'Alan Thwaite',
  'Amina Yusuf',
  'Andrew Mottram',
  'Anita Rao',
  'Beth Holroyd',
  'Carl Jessop',
  'Catrin Vaughan',
  'Chris Ollerenshaw',
  'Claire Dugdale',
  'Deepa Menon',
  'Diane Whitworth',
  'Ed Fothergill',
  'Efosa Igbinedion',
  'Emma Lathom',
  'Farida Sheikh',
  'Gareth Probert',
  'Grace Kamau',
  'Helen Swarbrick',
  'Ian Cottam',
  'Ingrid Sorensen',
  'Jaswinder Kalsi',
  'Jo Pemberton',
  'Karen Ashcroft',
  'Katy Bexon',
  'Lucy Tarleton',
  'Maeve Costello',
  'Marcus Bright',
  'Maria Esposito',
  'Mark Dewhurst',
  'Mohan Pillai',
  'Naomi Feld',
  'Nick Ravenscroft',
  'Olu Fashola',
  'Paul Nuttall',
  'Pippa Gresham',
  'Rashid Karim',
  'Rosie Haworth',
  'Ruth Abiodun',
  'Sally Bleasdale',
  'Samir Bhatt',
  'Sarah Pilling',
  'Sian Merrick',
  'Stella Mwangi',
  'Steve Cropper',
  'Sunil Wickrama',
  'Tess Yarwood',
  'Tom Rushworth',
  'Usha Nair',
  'Vicky Platt',
  'Wendy Hoyle',
  'Yasmin Darr',
] as const;

/** What those who write plans are. */
export const PLAN_AUTHORS = [
  'Community mental health nurse',
  'Care coordinator',
  'Senior mental health practitioner',
  'Consultant psychiatrist',
  'Social worker',
  'Occupational therapist',
  'Crisis team practitioner',
  'Clinical psychologist',
  'Advanced nurse practitioner',
] as const;
